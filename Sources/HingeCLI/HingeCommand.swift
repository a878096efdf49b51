import ArgumentParser
import Foundation
import Hinge

/// The `hinge` command.
@main
struct HingeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hinge",
        abstract: "Read, check, convert, run and compare neural-network model files.",
        discussion: """
            Examples:
              hinge inspect model.onnx
              hinge convert model.h5 model.onnx
              hinge simplify model.onnx small.onnx
              hinge run model.onnx --input image.npy
              hinge bench model.onnx
              hinge verify model.onnx model.keras
            """,
        version: "0.1.0",
        subcommands: [
            Inspect.self, Convert.self, SimplifyCommand.self, Run.self, Bench.self, Verify.self,
            Check.self, TestCommand.self, Demo.self,
            DebugRoundTrip.self, DebugOpen.self,
        ])

    static func main() {
        StandardStreams.prepare()
        Interruption.handle()
        Foundation.exit(StandardStreams.finish(status()))
    }

    /// Runs the command, and says what went wrong.
    ///
    /// - Returns: The exit status.
    private static func status() -> Int32 {
        do {
            var command = try parseAsRoot()
            try command.run()
            return EX_OK
        } catch let error as HingeError {
            StandardError.print("hinge: \("\(error)".printable)")
            return error.exitCode
        } catch {
            let status = exitCode(for: error)
            let message = fullMessage(for: error)
            if !message.isEmpty {
                status.isSuccess
                    ? Terminal.print(message) : StandardError.print(message.printableLines)
            }
            return status.rawValue
        }
    }
}

extension HingeError {
    /// The exit code of the command line, one of those of `sysexits`.
    var exitCode: Int32 {
        switch code {
        case .usage: EX_USAGE
        case .badData, .unsupported, .mismatch, .limit: EX_DATAERR
        case .noInput: EX_NOINPUT
        case .internalError: EX_SOFTWARE
        case .cannotCreate: EX_CANTCREAT
        case .inputOutput: EX_IOERR
        }
    }
}
