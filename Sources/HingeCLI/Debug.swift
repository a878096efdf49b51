import ArgumentParser
import Foundation
import Hinge
import HingeOperators
import HingeTransforms

/// `hinge debug-operators`: the operators that can be run.
struct DebugOperators: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug-operators", abstract: "List the operators.", shouldDisplay: false)

    func run() throws {
        for id in OperatorRegistry.standard.operators.keys.map({ "\($0.domain):\($0.type)" })
            .sorted()
        {
            print(id)
        }
    }
}

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
        let milliseconds =
            Double(time.components.seconds) * 1e3 + Double(time.components.attoseconds) * 1e-15
        print(String(format: "%.3f", milliseconds), kilobytes, model.graph.initializers.count)
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
            guard words.first == "run", words.count == 2, let count = Int(words[1]) else { return }
            let times = try (0..<count).map { _ in
                let start = clock.now
                _ = try session.run(inputs)
                let parts = (clock.now - start).components
                return Double(parts.seconds) * 1e3 + Double(parts.attoseconds) * 1e-15
            }
            print(times.map { String(format: "%.4f", $0) }.joined(separator: " "))
            fflush(nil)
        }
    }
}

/// `hinge debug-conformance`: the standard's operator tests.
struct DebugConformance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug-conformance", abstract: "Run operator tests.", shouldDisplay: false)

    @Option(help: "A file of lines: name, model and folder of values, with tabs between.")
    var list: String

    @Option(help: "The opset to convert each model to before it runs.")
    var opset: Int?

    @Flag(help: "Simplify each model before it runs.")
    var simplify = false

    func run() throws {
        let text: String
        do {
            text = try String(contentsOfFile: list, encoding: .utf8)
        } catch {
            throw HingeError(
                .noInput, "cannot read the list", at: [.file(list)], underlying: error)
        }
        let passes: [any ModelPass] =
            (opset.map { [ConvertOpset(to: $0)] as [any ModelPass] } ?? [])
            + (simplify ? [Simplify()] : [])
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map {
                String($0)
            }
            guard parts.count == 3 else { continue }
            let outcome = ConformanceCase(model: parts[1], folder: parts[2], passes: passes).outcome
            print("\(parts[0])\t\(outcome.verdict)\t\(outcome.message)")
            fflush(nil)
        }
    }
}

/// One of the standard's tests: a model, and a folder of values `input_0.pb`, …, `output_0.pb`, ….
struct ConformanceCase {
    let model: String
    let folder: String
    /// What to do to the model before it runs.
    var passes: [any ModelPass] = []

    /// What came of the test: `ok`, `fail`, or `skip` when an operator isn't supported.
    var outcome: (verdict: String, message: String) {
        do {
            var model = try Model(contentsOfFile: model)
            try model.run(passes)
            let inputs = try values("input", model.graph.inputs)
            let expected = try values("output", model.graph.outputs)
            for engine in [Session.Options.Engine.reference, .fast] {
                var options = Session.Options()
                options.engine = engine
                let outputs = try Session(model, options: options).run(inputs)
                for info in model.graph.outputs {
                    guard let found = outputs[info.name], let value = expected[info.name] else {
                        return ("fail", "\(engine): output '\(info.name)' is missing")
                    }
                    if let difference = ConformanceCase.difference(found, value) {
                        return ("fail", "\(engine): output '\(info.name)': \(difference)")
                    }
                }
            }
            return ("ok", "")
        } catch let error as HingeError where error.code == .unsupported {
            return ("skip", error.description)
        } catch {
            return ("fail", "\(error)")
        }
    }

    private func values(_ prefix: String, _ infos: [ValueInfo]) throws -> [String: Value] {
        var values: [String: Value] = [:]
        for (index, info) in infos.enumerated() {
            let path = "\(folder)/\(prefix)_\(index).pb"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            values[info.name] = try ValueFile.value(path: path, type: info.type)
        }
        return values
    }

    /// Elementwise with the standard's own tolerances (relative 1e-3, absolute 1e-7), since the recorded
    /// values are themselves rounded; `nil` when equal.
    private static func difference(_ found: Value, _ expected: Value) -> String? {
        switch (found, expected) {
        case (.tensor(let a), .tensor(let b)):
            guard a.dataType == b.dataType, a.shape == b.shape else {
                return "expected \(b.dataType)\(b.shape), found \(a.dataType)\(a.shape)"
            }
            guard let x = try? a.doubles(), let y = try? b.doubles() else {
                return a == b ? nil : "the elements differ"
            }
            for index in x.indices where !isClose(x[index], y[index], b.dataType) {
                return "element \(index): expected \(y[index]), found \(x[index])"
            }
            return nil
        case (.sequence(let a), .sequence(let b)):
            guard a.count == b.count else {
                return "expected \(b.count) elements, found \(a.count)"
            }
            for (x, y) in zip(a, b) {
                if let difference = difference(x, y) { return difference }
            }
            return nil
        case (.optional(let a?), .optional(let b?)): return difference(a, b)
        case (.optional(let a?), let b): return difference(a, b)
        default: return found == expected ? nil : "the values differ in kind"
        }
    }

    private static func isClose(_ a: Double, _ b: Double, _ type: DataType) -> Bool {
        if a == b || a.isNaN && b.isNaN { return true }
        guard type.isFloatingPoint, a.isFinite, b.isFinite else { return false }
        let relative: Double =
            switch type {
            // Two units in the last place.
            case .float16: 2e-3
            case .bfloat16: 1.6e-2
            case .float32, .float64: 1e-3
            default: 0
            }
        return abs(a - b) <= 1e-7 + relative * abs(b)
    }
}
