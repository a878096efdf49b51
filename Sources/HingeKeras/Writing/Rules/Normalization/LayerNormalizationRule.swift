import HingeGraph
import HingeOperators

/// `LayerNormalization` as `LayerNormalization` over the same axes.
struct LayerNormalizationRule: OperatorRule {
    func write(_ operator: LayerNormalization, _ node: NodeWriting) throws -> [KerasTensor] {
        guard !node.isUsed(1), !node.isUsed(2) else {
            throw node.unsupported("Keras's normalization doesn't give mean and deviation")
        }
        let x = try node.tensor(0)
        let first = try InferenceContext.axis(`operator`.axis, rank: x.rank)
        let axes = Array(first..<x.rank)
        guard let extents = Shape(Array(x.shape.dimensions[first...])).extents, first > 0 else {
            throw node.unsupported(
                "Keras needs known extents, and the batch not among the normalized axes")
        }
        guard axes.count == 1 || node.target == .keras3 else {
            throw node.unsupported(
                "a normalization over several axes can't stand in a .h5 file; write a .keras file")
        }
        func variable(_ position: Int) throws -> Tensor {
            let constant = try node.requiredConstant(position, "the scale of a normalization")
            if constant.shape == extents { return constant }
            return try .fold(Expand(shape: extents), constant)
        }
        var own = ["gamma": try variable(1)]
        if node.has(2) { own["beta"] = try variable(2) }
        let layer = LayerNormalizationLayer(
            axes: axes.map { $0 - x.rank }, epsilon: `operator`.epsilon, center: node.has(2))
        return [
            try node.layer(layer, x, weights: WrittenWeights(own), giving: try node.output())
        ]
    }
}
