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
              hinge run model.onnx --input image.npy
              hinge verify model.onnx model.keras
            """,
        version: "0.1.0",
        subcommands: [
            Inspect.self, Convert.self, Run.self, Verify.self, Check.self, Demo.self,
            DebugRoundTrip.self, DebugOperators.self, DebugConformance.self, DebugBench.self,
            DebugOpen.self,
        ])

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as HingeError {
            StandardError.print("hinge: \(error)")
            Foundation.exit(error.exitCode)
        } catch {
            exit(withError: error)
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

/// Writes messages where they don't mix with results.
enum StandardError {
    static func print(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
