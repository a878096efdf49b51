import HingeGraph
import HingeOperators

/// `Squeeze` as `Reshape` when the batch stays, else as the operation.
struct SqueezeRule: OperatorRule {
    func write(_ operator: Squeeze, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        if let reshaped = try node.reshapedIfKnown(x, to: output) { return [reshaped] }
        let axes = try node.integers(1, "the axes").map {
            try $0.map { try InferenceContext.axis($0, rank: x.rank) }.sorted()
        }
        return [
            try node.operation(
                .numpy("Squeeze"), [("axis", axes.map { .integers($0) } ?? .null)], .tensor(x),
                giving: output)
        ]
    }
}
