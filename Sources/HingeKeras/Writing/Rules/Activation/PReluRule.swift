import HingeGraph
import HingeOperators

/// `PRelu` as `PReLU`, whose slopes have a value for each element of an example, or one along an axis; slopes that vary along
/// the batch, or are computed, as `max(x, 0) + slope · min(x, 0)`.
struct PReluRule: OperatorRule {
    func write(_ operator: PRelu, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        guard let slopes = node.constant(1), let shape = example(slopes.shape, x.rank) else {
            return [try composite(x, node, output)]
        }
        let extents = Array(x.shape.dimensions.dropFirst())
        // A slope of extent 1 is shared, but for an axis that has no more elements.
        let shared = shape.indices.filter { shape[$0] == 1 && extents[$0].extent != 1 }
        let fits = zip(shape, extents).allSatisfy { $0 == 1 || $0 == $1.extent }
        guard fits else { return [try composite(x, node, output)] }
        return [
            try node.layer(
                PReLULayer(sharedAxes: shared.map { $0 + 1 }), x,
                weights: WrittenWeights(["alpha": try slopes.reshaped(to: shape)]), giving: output)
        ]
    }

    /// The slopes' shape for one example, with an extent for each axis but the batch.
    private func example(_ shape: [Int], _ rank: Int) -> [Int]? {
        guard rank > 1, shape.count <= rank else { return nil }
        let full = [Int](repeating: 1, count: rank - shape.count) + shape
        return full[0] == 1 ? Array(full.dropFirst()) : nil
    }

    private func composite(
        _ x: KerasTensor, _ node: NodeWriting, _ output: OutputType
    ) throws -> KerasTensor {
        let zero = try node.zero(x.type)
        let same = OutputType(x.type, x.shape)
        let positive = try node.operation(
            .numpy("Maximum"), [], .tensor(x), zero, giving: same, as: "positive")
        let negative = try node.operation(
            .numpy("Minimum"), [], .tensor(x), zero, giving: same, as: "negative")
        let scaled = try node.operation(
            .numpy("Multiply"), [], .tensor(negative), try node.argument(1), giving: same,
            as: "scaled")
        return try node.operation(
            .numpy("Add"), [], .tensor(positive), .tensor(scaled), giving: output)
    }
}
