import HingeGraph
import HingeOperators

/// `Transpose` as `Permute`, or as the operation when the batch moves.
struct TransposeRule: OperatorRule {
    func write(_ operator: Transpose, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let order = `operator`.permutation ?? Array((0..<x.rank).reversed())
        if order.first == 0, order.count > 1 {
            return [
                try node.layer(
                    PermuteLayer(dims: Array(order.dropFirst())), x, giving: try node.output())
            ]
        }
        return [
            try node.operation(
                .numpy("Transpose"), [("axes", .integers(order))], .tensor(x),
                giving: try node.output())
        ]
    }
}
