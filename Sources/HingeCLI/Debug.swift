import ArgumentParser
import Foundation
import Hinge
import HingeTransforms

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
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
            let kilobytes = usage.ru_maxrss / 1024
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            let kilobytes = usage.ru_maxrss
        #endif
        print(String(format: "%.3f", time.seconds * 1e3), kilobytes, model.graph.initializers.count)
    }
}

/// `hinge debug-bench`: runs on command, for a benchmark that interleaves several tools.
struct DebugBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug-bench", abstract: "Run a model on command.", shouldDisplay: false)

    @Argument var file: String

    @Option var threads = 1

    @Option var engine: ComparisonOptions.Engine = .fast

    @Option(name: .customLong("input")) var inputs: [String] = []

    func run() throws {
        let model = try Model(contentsOfFile: file)
        var options = Session.Options()
        options.threads = threads
        options.engine = engine == .fast ? .fast : .reference
        let session = try Session(model, options: options)
        let inputs = try InputGenerator().inputs(
            for: model, given: InputFiles(inputs).values(for: model))
        let clock = ContinuousClock()
        while let line = readLine() {
            let words = line.split(separator: " ")
            guard words.count == 2, words[0] == "run" || words[0] == "compile",
                let count = Int(words[1])
            else { return }
            let times = try (0..<count).map { _ in
                let start = clock.now
                if words[0] == "run" {
                    _ = try session.run(inputs)
                } else {
                    _ = try Session(model, options: options)
                }
                return (clock.now - start).seconds * 1e3
            }
            print(times.map { String(format: "%.4f", $0) }.joined(separator: " "))
            fflush(nil)
        }
    }
}
