import ArgumentParser
import Foundation
import Hinge
import Synchronization

/// `hinge bench`: how long a model takes.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how long a model takes to run, and where the time goes.",
        discussion: """
            Runs the model on inputs that are made up, or taken from files, and prints the median, the minimum and the \
            90th percentile of the runs' times; how long compiling takes, and all from opening the file to the first \
            output; and the memory that the process needed at most.

            --profile then makes more runs with a clock around each step, and prints what each takes: the nodes that it \
            does, how (oneDNN's name of an implementation, or Hinge's own kernel), how its output stands in memory, its \
            time and share. What is around the steps includes those clocks. --trace writes those runs in the format that \
            chrome://tracing and Perfetto show. In JSON, times are in milliseconds and memory is in bytes.

            Examples:
              hinge bench model.onnx
              hinge bench model.onnx --threads 1 --runs 100 --json
              hinge bench model.onnx --shape tokens=1,128 --profile --top 10
              hinge bench model.onnx --input photo.jpg --profile --trace trace.json
            """)

    @Argument(help: "The model file.", completion: .file())
    var file: String

    @OptionGroup var input: InputOptions

    @Option(
        name: [.customLong("runs"), .customLong("rounds")],
        help: "The number of runs that are measured (default: as many as take two seconds).")
    var runs: Int?

    @OptionGroup var engine: EngineOptions

    @Flag(help: "Print what each step takes.")
    var profile = false

    @Option(help: "How many steps --profile prints, those that take longest.")
    var top = 20

    @Option(
        help: ArgumentHelp(
            "A file to write a trace of the runs of --profile to.", valueName: "file.json"),
        completion: .file(extensions: ["json"]))
    var trace: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(
        help: ArgumentHelp(
            "Run on command: `run K` and `compile K` are answered with a line of K times in milliseconds.",
            visibility: .hidden))
    var serve = false

    @OptionGroup var numbers: PrecisionOption
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let runs, runs < 1 { throw ValidationError("--runs must be at least 1.") }
        if top < 1 { throw ValidationError("--top must be at least 1.") }
        if trace != nil, !profile { throw ValidationError("--trace needs --profile.") }
    }

    func run() throws {
        let progress = Progress(quiet: common.quiet || serve)
        defer { progress.finish() }
        progress.update("Opening \(file)")
        var report = BenchReport()
        report.startByteCount = ProcessMemory.currentByteCount()
        let opening = Stopwatch()
        let model = try common.model(file)
        report.openSeconds = opening.seconds
        try withContext(.file(file)) { try model.requireGraph() }
        let values = try values(for: model)
        var options = engine.sessionOptions
        options.precision = numbers.precision
        try withContext(.file(file)) {
            progress.update("Compiling \(file)")
            let compiling = Stopwatch()
            let session = try Session(model, options: options)
            report.compileSeconds = compiling.seconds
            if serve {
                try BenchServer(model: model, session: session, inputs: values).run()
                return
            }
            let first = Stopwatch()
            _ = try session.run(values)
            report.firstRunSeconds = first.seconds
            progress.update("Running \(file)")
            try measure(session, values, &report)
        }
        if serve { return }
        progress.finish()
        report.threads = engine.threads
        report.engine = engine.engine.rawValue
        if let trace, let profile = report.profile {
            try TraceFile.write(profile.events(), to: trace)
        }
        if json { try JSONOutput.print(report) } else { report.print(file, top: top) }
    }

    private func values(for model: Model) throws -> [String: Value] {
        let given = try input.files().values(for: model)
        // Making up inputs looks through the whole model: where nothing is to be made up, that would only fill memory.
        if input.shapes.isEmpty, model.graph.requiredInputs.allSatisfy({ given[$0.name] != nil }) {
            return given
        }
        return try input.generator().inputs(for: model, given: given)
    }

    private func measure(
        _ session: Session, _ inputs: [String: Value], _ report: inout BenchReport
    ) throws {
        let count: Int
        if let runs {
            count = runs
        } else {
            let warming = Stopwatch()
            _ = try session.run(inputs)
            let wanted = Bench.seconds / max(warming.seconds, 1e-6)
            count = max(Bench.leastRuns, Int(min(wanted, Bench.mostRuns)))
        }
        for _ in 0..<count {
            let watch = Stopwatch()
            _ = try session.run(inputs)
            report.runSeconds.append(watch.seconds)
        }
        report.peakByteCount = ProcessMemory.peakByteCount()
        guard profile else { return }
        let profile = Profile()
        for _ in 0..<min(count, Bench.mostProfiledRuns) {
            _ = try session.run(inputs, profiling: profile)
        }
        report.profile = profile
    }

    /// How long runs are measured when nobody says how many.
    private static let seconds = 2.0
    private static let leastRuns = 5
    private static let mostRuns = 10_000.0
    private static let mostProfiledRuns = 20
}

/// Measures a time.
struct Stopwatch {
    private let start = ContinuousClock.now

    /// The time since it was made, in seconds.
    var seconds: Double { start.duration(to: .now).seconds }
}

/// Runs a model on command, for a benchmark that interleaves several tools.
struct BenchServer {
    let model: Model
    let session: Session
    let inputs: [String: Value]

    /// Reads commands from the standard input until it ends, or says something else.
    ///
    /// - `run K`: the same run, K times.
    /// - `compile K`: a new session, K times.
    /// - `tasks K N`: N tasks at once, of which each makes the run K times; one time, that of all.
    /// - `feed K A=B C=D`: K runs, of which each reads as its input B what the run before gave as its output A.
    /// - `extents K N`: K runs in a new session, whose symbolic dimensions are all N, then N + 1, and so on; the first time is
    ///   the session's.
    /// - `again K N`: the same, but the times are those of a second run of each right behind its first.
    func run() throws {
        while let line = readLine() {
            let words = line.split(separator: " ").map(String.init)
            guard words.count >= 2, let count = Int(words[1]), count >= 0 else { return }
            let rest = words.dropFirst(2)
            let times: [Double]
            switch words[0] {
            case "run": times = try repeated(count) { _ = try session.run(inputs) }
            case "compile":
                times = try repeated(count) { _ = try Session(model, options: session.options) }
            case "tasks":
                guard let tasks = rest.first.flatMap({ Int($0) }), tasks > 0 else { return }
                times = [try atOnce(count, tasks)]
            case "feed": times = try feed(count, Array(rest))
            case "extents", "again":
                guard let first = rest.first.flatMap({ Int($0) }) else { return }
                times = try extents(count, from: first, isAgain: words[0] == "again")
            default: return
            }
            print(times.map { String(format: "%.4f", $0) }.joined(separator: " "))
            fflush(nil)
        }
    }

    /// The times, in milliseconds.
    private func repeated(_ count: Int, _ body: () throws -> Void) rethrows -> [Double] {
        try (0..<count).map { _ in try time(body) }
    }

    private func time(_ body: () throws -> Void) rethrows -> Double {
        let watch = Stopwatch()
        try body()
        return watch.seconds * 1e3
    }

    private func atOnce(_ count: Int, _ tasks: Int) throws -> Double {
        let outcomes = Mutex<[Result<Void, any Error>]>([])
        let taken = time {
            DispatchQueue.concurrentPerform(iterations: tasks) { _ in
                let outcome = Result { for _ in 0..<count { _ = try session.run(inputs) } }
                outcomes.withLock { $0.append(outcome) }
            }
        }
        for outcome in outcomes.withLock({ $0 }) { try outcome.get() }
        return taken
    }

    private func feed(_ count: Int, _ pairs: [String]) throws -> [Double] {
        let pairs = pairs.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        var values = inputs
        return try repeated(count) {
            let found = try session.run(values)
            for pair in pairs where pair.count == 2 { values[pair[1]] = found[pair[0]] }
        }
    }

    private func extents(_ count: Int, from first: Int, isAgain: Bool) throws -> [Double] {
        let names = Set(
            model.graph.inputs.flatMap { $0.type?.shape?.dimensions ?? [] }.compactMap {
                if case .symbolic(let name) = $0 { name } else { nil }
            })
        let runs = try (first..<first + count).map { extent in
            let bound = Dictionary(uniqueKeysWithValues: names.map { ($0, extent) })
            return try InputGenerator(extents: bound).inputs(for: model)
        }
        var made: Session?
        let compiling = try time { made = try Session(model, options: session.options) }
        guard let made else { return [] }
        return try [compiling]
            + runs.map { values in
                if isAgain { _ = try made.run(values) }
                return try time { _ = try made.run(values) }
            }
    }
}
