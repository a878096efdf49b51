import HingeGraph
import HingeRuntime

/// A test of a model: inputs, and the outputs that it should give.
///
/// ```swift
/// let test = ModelTest(model, dataSets: [.init(inputs: ["x": .tensor(x)], outputs: ["y": .tensor(y)])])
/// let outcome = test.run()
/// #expect(outcome.verdict == .passed, "\(outcome)")
/// ```
///
/// Outputs are judged element by element (``ElementTolerance``). Outputs that depend on a random operator and aren't the
/// recorded ones are judged as a draw, together: they pass when the recorded ones could be another (``RandomDraws``).
public struct ModelTest: Sendable {
    /// The name.
    public var name: String
    /// The model.
    public var model: Model
    /// What is run.
    public var dataSets: [DataSet]
    /// How far elements may be from the recorded ones.
    public var tolerance: ElementTolerance

    /// Inputs of a model and the outputs that belong to them, by name.
    public struct DataSet: Sendable {
        /// The name.
        public var name: String
        /// The inputs.
        public var inputs: [String: Value]
        /// The outputs; those that aren't there are not compared.
        public var outputs: [String: Value]

        /// Creates a data set.
        public init(name: String = "", inputs: [String: Value], outputs: [String: Value]) {
            self.name = name
            self.inputs = inputs
            self.outputs = outputs
        }
    }

    /// Creates a test.
    public init(
        name: String = "", _ model: Model, dataSets: [DataSet],
        tolerance: ElementTolerance = ElementTolerance()
    ) {
        self.name = name
        self.model = model
        self.dataSets = dataSets
        self.tolerance = tolerance
    }

    /// What came of a test.
    public struct Outcome: Sendable {
        /// The ways for a test to end.
        public enum Verdict: String, Sendable, Hashable, CaseIterable {
            /// All outputs are the recorded ones, or could be, where they are random.
            case passed
            /// An output isn't the recorded one.
            case different
            /// The model holds something that Hinge does not support.
            case unsupported
            /// The test can't be read, or the model doesn't run.
            case error
        }

        /// How the test ended.
        public var verdict: Verdict
        /// The engine that the test didn't pass on.
        public var engine: Session.Options.Engine?
        /// The data set that didn't pass.
        public var dataSet: String?
        /// The name of the output that differs.
        public var output: String?
        /// The first difference of that output.
        public var difference: ValueDifference?
        /// Why the test can't be read, or the model doesn't run.
        public var error: HingeError?
        /// The outputs that are not the recorded ones and were judged as draws.
        public var drawnOutputs: [String] = []

        /// Creates an outcome.
        public init(_ verdict: Verdict) { self.verdict = verdict }

        /// The outcome of a test that an error ended.
        public init(_ error: any Error) {
            let error =
                error as? HingeError ?? HingeError(.internalError, "\(error)", underlying: error)
            self.init(error.code == .unsupported ? .unsupported : .error)
            self.error = error
        }
    }

    /// Runs the test, on each engine after the other until it fails.
    ///
    /// - Parameters:
    ///   - engines: The engines.
    ///   - options: How to run otherwise.
    public func run(
        on engines: [Session.Options.Engine] = [.reference, .fast],
        options: Session.Options = .init()
    ) -> Outcome {
        var outcome = Outcome(.passed)
        for engine in engines {
            var options = options
            options.engine = engine
            do {
                try run(options, &outcome)
            } catch {
                outcome = Outcome(error)
            }
            guard outcome.verdict == .passed else {
                outcome.engine = engine
                return outcome
            }
        }
        return outcome
    }

    private func run(_ options: Session.Options, _ outcome: inout Outcome) throws {
        let session = try Session(model, options: options)
        var drawn: Set<String> = []
        func differ(_ dataSet: DataSet, _ output: String, _ difference: ValueDifference) {
            outcome.verdict = .different
            outcome.dataSet = dataSet.name
            outcome.output = output
            outcome.difference = difference
        }
        for dataSet in dataSets {
            let found = try session.run(dataSet.inputs)
            var isDrawn = false
            for info in model.graph.outputs {
                guard let expected = dataSet.outputs[info.name] else { continue }
                let value = try found.value(info.name)
                guard let difference = tolerance.difference(value, expected) else { continue }
                guard try model.randomOutputs.contains(info.name) else {
                    return differ(dataSet, info.name, difference)
                }
                drawn.insert(info.name)
                isDrawn = true
            }
            if isDrawn,
                let fault = try RandomDraws(model, dataSet, options, tolerance).fault()
            {
                return differ(dataSet, fault.output, fault.difference)
            }
        }
        outcome.drawnOutputs = model.graph.outputs.map(\.name).filter(drawn.contains)
    }
}

extension ModelTest.Outcome: CustomStringConvertible {
    /// The text that people read: `reference engine: output 'y', element [0]: expected 1.0, found 2.0`.
    public var description: String {
        guard verdict != .passed else { return "passed" }
        let what =
            difference.map { difference in
                let separator = difference.part.isEmpty && difference.place == nil ? ": " : ", "
                return "output '\(output ?? "")'" + separator + difference.description
            } ?? error?.description ?? verdict.rawValue
        let set = dataSet.map { $0.isEmpty ? "" : "\($0): " } ?? ""
        return set + (engine.map { "\($0.rawValue) engine: " } ?? "") + what
    }
}
