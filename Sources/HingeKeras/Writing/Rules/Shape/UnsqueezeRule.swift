import HingeGraph
import HingeOperators

/// `Unsqueeze` as `Reshape` when the batch stays, else as one `ExpandDims` for each new dimension.
struct UnsqueezeRule: OperatorRule {
    func write(_ operator: Unsqueeze, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        if let reshaped = try node.reshapedIfKnown(x, to: output) { return [reshaped] }
        let axes = try node.requiredConstant(1, "the axes").integers()
            .map { try InferenceContext.axis($0, rank: output.shape.rank) }.sorted()
        var result = x
        for (index, axis) in axes.enumerated() {
            var shape = result.shape
            shape.dimensions.insert(1, at: min(axis, shape.rank))
            result = try node.operation(
                .numpy("ExpandDims"), [("axis", .integer(axis))], .tensor(result),
                giving: OutputType(x.type, shape),
                as: index == axes.count - 1 ? nil : "expanded_\(index)")
        }
        return [result]
    }
}
