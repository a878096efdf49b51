import HingeGraph
import HingeOperators

/// `Concat` of tensors along an axis but the batch as `Concatenate`, else as the operation.
struct ConcatRule: OperatorRule {
    func write(_ operator: Concat, _ node: NodeWriting) throws -> [KerasTensor] {
        let output = try node.output()
        let axis = try InferenceContext.axis(`operator`.axis, rank: output.shape.rank)
        if node.node.inputs.count == 1 { return [try node.tensor(0)] }
        if axis > 0, let inputs = node.mergeable() {
            return try node.layer(
                ConcatenateLayer(axis: axis == output.shape.rank - 1 ? -1 : axis),
                CallArguments([.list(inputs.map { .tensor($0) })]), giving: [output])
        }
        let arguments = try node.node.inputs.indices.map { try node.argument($0) }
        return try node.operation(
            .numpy("Concatenate"), [("axis", .integer(axis))],
            CallArguments([.list(arguments)]), giving: [output])
    }
}
