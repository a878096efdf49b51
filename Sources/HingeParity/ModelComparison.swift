import HingeGraph
import HingeRuntime

/// The result of running two models, or a model and a recording, on the same inputs.
public struct ParityReport: Sendable {
    /// How an output compares.
    public struct Output: Sendable {
        /// The output's name in the model that is judged.
        public var name: String
        /// The output's name in the model that it is compared with.
        public var expectedName: String
        /// The element type and shape that were found.
        public var type: String
        /// The differences.
        public var comparison: TensorComparison
    }

    /// Creates an empty report.
    public init() {}

    /// The inputs that were used: name and type with shape.
    public var inputs: [(name: String, type: String)] = []
    /// The outputs, in order.
    public var outputs: [Output] = []
    /// The first value at which the models part, if they do and share the names of their values.
    public var divergence: Divergence?
    /// The time to run the model that is judged, and the other, in seconds.
    public var seconds: (found: Double, expected: Double) = (0, 0)

    /// Whether all outputs are equal within the tolerance.
    public var isEqual: Bool { outputs.allSatisfy(\.comparison.isEqual) }

    /// The largest relative L2 error of all outputs.
    public var relativeL2: Double { outputs.map(\.comparison.relativeL2).max() ?? 0 }

    /// The largest absolute difference of all outputs.
    public var largestAbsolute: Double { outputs.map(\.comparison.largestAbsolute).max() ?? 0 }
}

/// Compares models by what they compute.
public struct ModelComparison: Sendable {
    /// How far outputs may be apart.
    public var tolerance: Tolerance
    /// How models run.
    public var options: Session.Options

    /// Creates a comparison.
    public init(tolerance: Tolerance = Tolerance(), options: Session.Options = .init()) {
        self.tolerance = tolerance
        self.options = options
    }

    /// Runs both models on the same inputs.
    ///
    /// Inputs and outputs are matched by name where all names are the same, by position otherwise.
    ///
    /// - Parameters:
    ///   - model: The model to judge.
    ///   - expected: The model that it should equal.
    ///   - inputs: The inputs, by the names of `expected`.
    /// - Throws: ``HingeError`` when a model doesn't run, or the models' inputs or outputs differ in number.
    public func compare(
        _ model: Model, with expected: Model, inputs: [String: Value]
    ) throws -> ParityReport {
        let names = expected.graph.requiredInputs.map(\.name)
        let pairs = try ModelComparison.match(
            model.graph.requiredInputs.map(\.name), names, "inputs")
        var renamed: [String: Value] = [:]
        for (own, other) in pairs { renamed[own] = inputs[other] }

        let clock = ContinuousClock()
        let expectedSession = try Session(expected, options: options)
        let session = try Session(model, options: options)
        var start = clock.now
        let expectedOutputs = try expectedSession.run(inputs)
        let expectedSeconds = ModelComparison.seconds(clock.now - start)
        start = clock.now
        let outputs = try session.run(renamed)
        let seconds = ModelComparison.seconds(clock.now - start)

        var report = try self.report(
            outputs, expectedOutputs, order: model.graph.outputs.map(\.name),
            expectedOrder: expected.graph.outputs.map(\.name))
        report.seconds = (seconds, expectedSeconds)
        report.inputs = names.map { ($0, inputs[$0].map(ModelComparison.describe) ?? "") }
        if !report.isEqual {
            report.divergence = try Divergence.find(
                model, expected, inputs: inputs, comparison: self)
        }
        return report
    }

    /// Runs a model on recorded inputs and compares its outputs with the recorded ones.
    ///
    /// - Throws: ``HingeError`` when the model doesn't run, or the recording doesn't fit it.
    public func compare(_ model: Model, with recording: Recording) throws -> ParityReport {
        let (inputs, expected) = try recording.fit(to: model)
        let session = try Session(model, options: options)
        let clock = ContinuousClock()
        let start = clock.now
        let outputs = try session.run(inputs)
        let seconds = ModelComparison.seconds(clock.now - start)
        let order = model.graph.outputs.map(\.name).filter { expected[$0] != nil }
        var report = try self.report(outputs, expected, order: order, expectedOrder: order)
        report.seconds = (seconds, 0)
        report.inputs = model.graph.requiredInputs.map {
            ($0.name, inputs[$0.name].map(ModelComparison.describe) ?? "")
        }
        return report
    }

    private func report(
        _ outputs: [String: Value], _ expected: [String: Value], order: [String],
        expectedOrder: [String]
    ) throws -> ParityReport {
        var report = ParityReport()
        for (name, expectedName) in try ModelComparison.match(order, expectedOrder, "outputs") {
            guard let found = outputs[name], let value = expected[expectedName] else { continue }
            report.outputs += compare(found, value, name, expectedName)
        }
        return report
    }

    /// Compares two values; the elements of sequences and the like one by one.
    func compare(
        _ found: Value, _ expected: Value, _ name: String, _ expectedName: String
    ) -> [ParityReport.Output] {
        switch (found, expected) {
        case (.tensor(let a), .tensor(let b)):
            return [
                ParityReport.Output(
                    name: name, expectedName: expectedName,
                    type: "\(a.dataType)\(a.shape)",
                    comparison: TensorComparison(a, b, tolerance: tolerance))
            ]
        case (.sequence(let a), .sequence(let b)) where a.count == b.count:
            return zip(a, b).enumerated().flatMap { index, pair in
                compare(pair.0, pair.1, "\(name)[\(index)]", "\(expectedName)[\(index)]")
            }
        case (.optional(let a?), .optional(let b?)):
            return compare(a, b, name, expectedName)
        default:
            var comparison = TensorComparison(Tensor([Float]()), Tensor([Float]()))
            comparison.isEqual = found == expected
            if !comparison.isEqual { comparison.mismatch = "the values differ in kind or length" }
            return [
                ParityReport.Output(
                    name: name, expectedName: expectedName, type: "", comparison: comparison)
            ]
        }
    }

    /// Pairs names: by name when both lists have the same ones, by position otherwise.
    static func match(
        _ own: [String], _ other: [String], _ what: String
    ) throws -> [(String, String)] {
        guard own.count == other.count else {
            throw HingeError(
                .mismatch,
                "expected \(other.count) \(what) (\(other.joined(separator: ", "))), "
                    + "found \(own.count) (\(own.joined(separator: ", ")))")
        }
        return Set(own) == Set(other) ? own.map { ($0, $0) } : Array(zip(own, other))
    }

    static func seconds(_ duration: Duration) -> Double {
        let parts = duration.components
        return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    }

    static func describe(_ value: Value) -> String {
        value.tensor.map { "\($0.dataType)\($0.shape)" } ?? "a value"
    }
}
