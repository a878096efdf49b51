import ArgumentParser
import Foundation
import Hinge

/// `hinge test`: whether models give the outputs that were recorded.
struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run tests: models with recorded inputs and outputs.",
        discussion: """
            Searches folders for tests. A test is a folder of a model and of folders test_data_set_0, … with
            input_0.pb, …, output_0.pb, … (.npy, .npz and JSON as well), as the ONNX standard lays out its own; or a model \
            file with a .npz of the same name beside it, as `hinge verify --recorded` takes it.

            Both engines run each test. Shapes, element types, integers and strings must be those recorded; a
            floating-point number may be off by 1e-7 and a thousandth of itself (bfloat16: a 64th), as in the standard's \
            own tests, or by what a file data.json beside the model says: {"rtol": 0.002, "atol": 1e-7}, or of \
            recordings by their names: {"digits": {"rtol": 0.002}}. Outputs that \
            depend on a random operator must be what the model could have drawn. Exit status 1 says that a test did not \
            pass.

            Examples:
              hinge test models
              hinge test onnx/backend/test/data --filter 'node/test_conv*' --json
              hinge test models --opset 21 --junit report.xml
            """)

    @Argument(help: "The folders to search.", completion: .directory)
    var folders: [String]

    @Option(
        help: ArgumentHelp(
            "Only tests whose name contains this, or matches it if it has *, ? or [.",
            valueName: "pattern"))
    var filter: [String] = []

    @Option(help: ArgumentHelp("None of the tests with such a name.", valueName: "pattern"))
    var exclude: [String] = []

    @Option(help: "The engine: fast, reference or both.")
    var engine: Engines = .both

    @Option(help: "The number of tests to run at once (default: one for each core).")
    var jobs: Int?

    @Option(help: "The number of threads of each (default: one for each core that is left).")
    var threads: Int?

    @Option(help: ArgumentHelp("The relative tolerance.", valueName: "number"))
    var rtol = ElementTolerance().relative

    @Option(help: ArgumentHelp("The absolute tolerance.", valueName: "number"))
    var atol = ElementTolerance().absolute

    @Option(help: "The version of the ONNX operators to convert each model to first.")
    var opset: Int?

    @Flag(help: "Simplify each model first.")
    var simplify = false

    @Flag(
        help: """
            Also infer the outputs' shapes, without those that the file states: a wrong one is a failure, and how \
            many are known is counted.
            """)
    var inference = false

    @Flag(help: "Also print the tests that pass.")
    var verbose = false

    @Flag(help: "Print what came of each test as JSON.")
    var json = false

    @Option(
        help: ArgumentHelp("A file to write a JUnit report to.", valueName: "file.xml"),
        completion: .file(extensions: ["xml"]))
    var junit: String?

    @OptionGroup var common: CommonOptions

    enum Engines: String, ExpressibleByArgument, CaseIterable {
        case fast, reference, both
    }

    func validate() throws {
        for (name, number) in [("jobs", jobs), ("threads", threads)] {
            if let number, number < 1 { throw ValidationError("--\(name) must be at least 1.") }
        }
        for (name, number) in [("rtol", rtol), ("atol", atol)] {
            guard number >= 0, number.isFinite else {
                throw ValidationError("--\(name) must be a number, and not negative.")
            }
        }
    }

    func run() throws {
        let progress = Progress(quiet: common.quiet)
        defer { progress.finish() }
        let tests = try found()
        let start = ContinuousClock.now
        let results = TestRun(self, tests).results { done in
            progress.update("\(Format.count(done)) of \(Format.count(tests.count)) tests")
        }
        let summary = TestSummary(results, seconds: (ContinuousClock.now - start).seconds)
        progress.finish()
        if let junit { try JUnitReport.write(summary, to: junit) }
        if json {
            try JSONOutput.print(summary)
        } else {
            summary.print(verbose: verbose, hasInference: inference)
        }
        if !summary.isPassed { throw ExitCode(1) }
    }

    /// The tests to run; those of several folders have the folder's name before their own.
    private func found() throws -> [ModelTest.Files] {
        var tests: [ModelTest.Files] = []
        for folder in folders {
            let prefix = folders.count > 1 ? (folder as NSString).lastPathComponent + "/" : ""
            for var test in try ModelTest.Files.find(in: folder) {
                test.name = prefix + test.name
                tests.append(test)
            }
        }
        let wanted = tests.filter { test in
            (filter.isEmpty || filter.contains { TestCommand.matches(test.name, $0) })
                && !exclude.contains { TestCommand.matches(test.name, $0) }
        }
        guard !wanted.isEmpty else {
            let places = folders.map { "'\($0)'" }.joined(separator: ", ")
            throw HingeError(
                .noInput,
                tests.isEmpty
                    ? "found no test in \(places)"
                    : "none of the \(tests.count) tests in \(places) is wanted")
        }
        return wanted
    }

    private static func matches(_ name: String, _ pattern: String) -> Bool {
        pattern.contains(where: "*?[".contains)
            ? fnmatch(pattern, name, 0) == 0 : name.contains(pattern)
    }
}

/// A run of tests, several at once.
private struct TestRun: Sendable {
    private let tests: [ModelTest.Files]
    private let jobs: Int
    private let engines: [Session.Options.Engine]
    private let options: Session.Options
    private let tolerance: ElementTolerance
    private let readOptions: ReadOptions
    private let passes: [any ModelPass]
    private let hasInference: Bool

    init(_ command: TestCommand, _ tests: [ModelTest.Files]) {
        self.tests = tests
        let processors = ProcessInfo.processInfo.activeProcessorCount
        jobs = min(command.jobs ?? processors, tests.count)
        engines =
            switch command.engine {
            case .fast: [.fast]
            case .reference: [.reference]
            case .both: [.reference, .fast]
            }
        var options = Session.Options()
        options.threads = command.threads ?? max(1, processors / max(jobs, 1))
        self.options = options
        tolerance = ElementTolerance(relative: command.rtol, absolute: command.atol)
        readOptions = command.common.readOptions
        hasInference = command.inference
        passes =
            (command.opset.map { [ConvertOpset(to: $0)] as [any ModelPass] } ?? [])
            + (command.simplify ? [Simplify()] : [])
    }

    /// What came of the tests, in order.
    ///
    /// - Parameter observer: Called with the number of tests that are done.
    func results(_ observer: @Sendable @escaping (Int) -> Void) -> [TestResult] {
        let state = State(count: tests.count)
        let group = DispatchGroup()
        for _ in 0..<jobs {
            group.enter()
            let thread = Thread {
                while let index = state.next() {
                    observer(state.put(result(tests[index]), at: index))
                }
                group.leave()
            }
            // As much as a program's first thread has: models may be nested deeply.
            thread.stackSize = 8 << 20
            thread.start()
        }
        group.wait()
        return state.all
    }

    private func result(_ files: ModelTest.Files) -> TestResult {
        let start = ContinuousClock.now
        var inferred: ModelTest.InferredOutputs?
        let outcome: ModelTest.Outcome
        do {
            var test = try files.read(options: readOptions, tolerance: tolerance)
            try test.model.run(passes)
            if hasInference { inferred = try? test.inferOutputs() }
            outcome = test.run(on: engines, options: options)
        } catch {
            outcome = ModelTest.Outcome(error)
        }
        return TestResult(
            name: files.name, outcome: outcome, inferred: inferred,
            seconds: (ContinuousClock.now - start).seconds)
    }

    /// Which test is next, and what came of the others.
    private final class State: @unchecked Sendable {
        private let lock = NSLock()
        private var begun = 0
        private var done = 0
        private var results: [TestResult?]

        init(count: Int) { results = Array(repeating: nil, count: count) }

        func next() -> Int? {
            lock.withLock {
                guard begun < results.count else { return nil }
                begun += 1
                return begun - 1
            }
        }

        func put(_ result: TestResult, at index: Int) -> Int {
            lock.withLock {
                results[index] = result
                done += 1
                return done
            }
        }

        var all: [TestResult] { lock.withLock { results.compactMap { $0 } } }
    }
}
