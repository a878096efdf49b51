import HingeGraph
import HingeOperators
import HingeProgram
import HingeRuntime
import HingeTransforms

/// Two models and the inputs to run both on.
struct ModelTrial {
    /// The model that is judged.
    let model: Model
    /// The model that it should equal.
    let expected: Model
    /// The inputs of each.
    let inputs: (own: [String: Value], other: [String: Value])
    private let inputMatching: PortMatching
    private let outputMatching: PortMatching

    /// - Parameter inputs: The inputs, by the names of `expected`.
    /// - Throws: ``HingeError`` when the models' inputs or outputs can't be matched.
    init(_ model: Model, _ expected: Model, _ inputs: [String: Value]) throws {
        self.model = model
        self.expected = expected
        inputMatching = try PortMatching(
            model.graph.requiredInputs, expected.graph.requiredInputs, "inputs")
        outputMatching = try PortMatching(model.graph.outputs, expected.graph.outputs, "outputs")
        let names = Dictionary(
            inputMatching.pairs.map { ($0.other, $0.own) }, uniquingKeysWith: { first, _ in first })
        var own: [String: Value] = [:]
        for (name, value) in inputs { own[names[name] ?? name] = value }
        self.inputs = (own, inputs)
    }

    /// Runs both models and compares their outputs.
    func run(
        _ comparison: ModelComparison
    ) throws -> (report: ParityReport, outputs: (own: [String: Value], other: [String: Value])) {
        let clock = ContinuousClock()
        let otherSession = try Session(expected, options: comparison.options)
        let session = try Session(model, options: comparison.options)
        var start = clock.now
        let other = try otherSession.run(inputs.other)
        let otherSeconds = (clock.now - start).seconds
        start = clock.now
        let own = try session.run(inputs.own)
        var report = ParityReport()
        report.seconds = ((clock.now - start).seconds, otherSeconds)
        report.outputs = try outputs((own, other), comparison, precision: nil)
        report.inputs = expected.graph.inputs.compactMap { info in
            inputs.other[info.name].map { (info.name, ModelComparison.describe($0)) }
        }
        report.notes = [inputMatching.note, outputMatching.note].compactMap { $0 }
        return (report, (own, other))
    }

    /// Compares what both models gave.
    ///
    /// - Throws: ``HingeError`` when outputs that were matched by position turn out to be of different types.
    func outputs(
        _ values: (own: [String: Value], other: [String: Value]), _ comparison: ModelComparison,
        precision: DataType?
    ) throws -> [ParityReport.Output] {
        for (own, other) in outputMatching.positional {
            let found = ModelComparison.describe(try values.own.value(own))
            let wanted = ModelComparison.describe(try values.other.value(other))
            guard found == wanted else {
                throw HingeError(
                    .mismatch,
                    "the outputs cannot be matched: by position, '\(own)' should be '\(other)', "
                        + "but expected \(wanted), found \(found)")
            }
        }
        return try outputMatching.pairs.flatMap { own, other in
            comparison.compare(
                try values.own.value(own), try values.other.value(other), (own, other), precision)
        }
    }
}

extension Model {
    /// The types of half precision that values of the model have.
    var halfPrecisionTypes: Set<DataType> {
        var types = Set(graph.initializers.map(\.tensor.dataType))
        if let known = try? InferTypes().infer(self) { types.formUnion(known.dataTypes) }
        return types.intersection([.float16, .bfloat16])
    }
}

extension InferredGraph {
    /// The element types that values have, those of bodies included.
    fileprivate var dataTypes: Set<DataType> {
        let inside = bodies.values.flatMap(\.values).map(\.dataTypes)
        return inside.reduce(into: Set(values.values.compactMap { $0.type?.tensorType })) {
            $0.formUnion($1)
        }
    }
}

extension ValueType {
    /// The element type of the tensors that the value is made of.
    fileprivate var tensorType: DataType? {
        switch self {
        case .sequence(let element), .optional(let element), .map(_, let element):
            element?.tensorType
        default: dataType
        }
    }
}
