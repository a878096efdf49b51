import HingeGraph
import HingeOperators
import HingeRuntime

/// The first value at which two models part.
///
/// Each node of the judged model runs on the *other* model's values, so that a difference is blamed on the
/// node that makes it and not on those that it passes through.
public struct Divergence: Sendable {
    /// The name of the value.
    public var value: String
    /// The node that computes it.
    public var node: HingeError.Place
    /// The difference.
    public var comparison: TensorComparison

    /// Finds the first difference; `nil` when the models' values don't share names and shapes.
    static func find(_ trial: ModelTrial, comparison: ModelComparison) throws -> Divergence? {
        let model = trial.model
        let produced = Set(trial.expected.graph.nodes.flatMap(\.outputs)).subtracting([""])
        let shared = model.graph.nodes.filter { node in
            node.outputs.contains { produced.contains($0) }
        }
        guard !shared.isEmpty else { return nil }
        var reference = Session.Options()
        reference.engine = .reference
        let names = Array(produced.intersection(model.graph.nodes.flatMap(\.outputs)))
        let known = try Session(trial.expected, options: reference)
            .run(trial.inputs.other, outputs: names)
        let constants = Dictionary(
            model.graph.initializers.map { ($0.name, $0.tensor) }, uniquingKeysWith: { a, _ in a })
        for node in shared where node.subgraphs.isEmpty {
            let values = node.inputs.map { name -> Value? in
                known[name] ?? trial.inputs.own[name] ?? constants[name].map { .tensor($0) }
            }
            let isComplete = zip(node.inputs, values).allSatisfy { $0.isEmpty || $1 != nil }
            guard isComplete, let found = try? run(node, values, in: model) else { continue }
            for (name, value) in zip(node.outputs, found) {
                guard let value = value?.tensor, let other = known[name]?.tensor,
                    value.shape == other.shape, value.dataType == other.dataType
                else { continue }
                let result = TensorComparison(value, other, tolerance: comparison.tolerance)
                if !result.isEqual {
                    return Divergence(value: name, node: node.place, comparison: result)
                }
            }
        }
        return nil
    }

    private static func run(_ node: Node, _ inputs: [Value?], in model: Model) throws -> [Value?] {
        let reader = NodeReader(
            node, opset: try model.operatorVersion(of: node.domain),
            constants: inputs.map { $0?.tensor })
        let typed = try model.operators.read(reader)
        var values = inputs
        for (index, tensor) in typed.operandValues {
            while values.count <= index { values.append(nil) }
            values[index] = .tensor(tensor)
        }
        var context = EvaluationContext(inputs: values, outputCount: node.outputs.count)
        try typed.evaluate(&context)
        return context.outputs
    }
}
