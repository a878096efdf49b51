import ArgumentParser
import Foundation
import Hinge

/// `hinge debug-roundtrip`: ONNX files read and written again.
struct DebugRoundTrip: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug-roundtrip", abstract: "Read and rewrite ONNX files.",
        shouldDisplay: false)

    @Option(help: "A file of lines: kind, input and output, with tabs between.")
    var list: String

    func run() throws {
        let failures = try Diagnostics.roundTrip(listFile: list)
        for failure in failures { StandardError.print(failure) }
        if !failures.isEmpty { throw ExitCode(1) }
    }
}

/// `hinge debug-open`: how long a file takes to open, and how much memory.
struct DebugOpen: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug-open", abstract: "Time the opening of a model.", shouldDisplay: false)

    @Argument var file: String

    func run() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let model = try Model(contentsOfFile: file)
        let time = clock.now - start
        let kilobytes = ProcessMemory.peakByteCount() / 1024
        print(String(format: "%.3f", time.seconds * 1e3), kilobytes, model.graph.initializers.count)
    }
}
