import HingeGraph
import HingeRuntime

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
    /// Inputs and outputs of one name belong together; others by position, if their number, types and shapes agree,
    /// which the report notes.
    ///
    /// Where the default tolerance finds a difference that is small enough to be rounding, the reference engine, whose
    /// sums are exact to the last place, decides.
    ///
    /// - Parameters:
    ///   - model: The model to judge.
    ///   - expected: The model that it should equal.
    ///   - inputs: The inputs, by the names of `expected`.
    /// - Throws: ``HingeError`` when a model doesn't run, or the models' inputs or outputs can't be matched.
    public func compare(
        _ model: Model, with expected: Model, inputs: [String: Value]
    ) throws -> ParityReport {
        let trial = try ModelTrial(model, expected, inputs)
        var (report, outputs) = try trial.run(self)
        if report.verdict == .different, tolerance.relativeL2 == nil, options.engine == .fast,
            report.outputs.allSatisfy(\.comparison.mayBeRounding)
        {
            var exact = self
            exact.options.engine = .reference
            (report, outputs) = try trial.run(exact)
            report.notes.append(
                "a difference of the size of rounding: the reference engine decided")
        }
        if report.verdict == .different,
            let precision = narrowPrecision([model, expected], report)
        {
            report.outputs = try trial.outputs(outputs, self, precision: precision)
            report.notes.append(
                "compared with the precision of \(precision), in which they compute")
        }
        report.addNotes()
        if report.verdict == .different {
            report.divergence = try? Divergence.find(trial, comparison: self)
        }
        return report
    }

    /// Runs a model on recorded inputs and compares its outputs with the recorded ones.
    ///
    /// - Throws: ``HingeError`` when the model doesn't run, or the recording doesn't fit it.
    public func compare(_ model: Model, with recording: Recording) throws -> ParityReport {
        let fitted = try recording.fit(to: model)
        var comparison = self
        comparison.tolerance.allowsOtherRounding = true
        let clock = ContinuousClock()
        let session = try Session(model, options: options)
        let start = clock.now
        let found = try session.run(fitted.inputs)
        var report = ParityReport()
        report.seconds = ((clock.now - start).seconds, 0)
        func compare(_ precision: DataType?) throws -> [ParityReport.Output] {
            try model.graph.outputs.flatMap { info -> [ParityReport.Output] in
                guard let expected = fitted.outputs[info.name] else { return [] }
                return comparison.compare(
                    try found.value(info.name), expected, (info.name, info.name), precision)
            }
        }
        report.outputs = try compare(nil)
        report.notes = fitted.notes
        if report.verdict == .different, let precision = narrowPrecision([model], report) {
            report.outputs = try compare(precision)
            report.notes.append("compared with the precision of \(precision), in which it computes")
        }
        report.addNotes()
        report.inputs = fitted.inputs.sorted { $0.key < $1.key }
            .map { ($0.key, ModelComparison.describe($0.value)) }
        return report
    }

    /// The least precise type that models compute in, if that is less precise than an output that differs and the
    /// tolerance is the default one.
    private func narrowPrecision(_ models: [Model], _ report: ParityReport) -> DataType? {
        guard tolerance.relativeL2 == nil,
            report.outputs.allSatisfy({ $0.comparison.isEqual || $0.comparison.isNumeric })
        else { return nil }
        let types = models.reduce(into: Set<DataType>()) { $0.formUnion($1.halfPrecisionTypes) }
        return [DataType.bfloat16, .float16].first { types.contains($0) }
    }

    static func describe(_ value: Value) -> String {
        switch value {
        case .tensor(let tensor): "\(tensor.dataType)\(tensor.shape)"
        case .sparseTensor(let tensor): "sparse \(tensor.values.dataType)\(tensor.shape)"
        case .sequence(let values): "sequence of \(values.count)"
        case .optional(let value): value.map { "optional \(describe($0))" } ?? "nothing"
        case .map(let keys, _): "map of \(keys.count)"
        }
    }
}

extension [String: Value] {
    /// The value of an output that a session was asked for.
    ///
    /// - Throws: ``HingeError`` when it isn't there.
    func value(_ name: String) throws -> Value {
        guard let value = self[name] else {
            throw HingeError(.internalError, "the run gave no output", at: [.value(name)])
        }
        return value
    }
}
