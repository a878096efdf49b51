import HingeGraph
import HingeOperators

/// `LayerNormalization` as `LayerNormalization` over the same axes; as the operations that it is made of where Keras has no
/// such layer: over the batch too, or with parameters that are computed.
struct LayerNormalizationRule: OperatorRule {
    func write(_ operator: LayerNormalization, _ node: NodeWriting) throws -> [KerasTensor] {
        guard !node.isUsed(1), !node.isUsed(2) else {
            throw node.unsupported("Keras's normalization doesn't give mean and deviation")
        }
        let x = try node.tensor(0)
        let first = try InferenceContext.axis(`operator`.axis, rank: x.rank)
        let axes = Array(first..<x.rank)
        let isConstant = node.constant(1) != nil && (!node.has(2) || node.constant(2) != nil)
        guard let extents = Shape(Array(x.shape.dimensions[first...])).extents, first > 0,
            isConstant, axes.count == 1 || node.target == .keras3
        else {
            let (centered, variance) = try node.centered(x, axes)
            return [try node.normalized(centered, variance, `operator`.epsilon)]
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

/// `RMSNormalization` over the last axis as `RMSNormalization`, over others as the operations that it is made of.
struct RMSNormalizationRule: OperatorRule {
    func write(_ operator: RMSNormalization, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let axis = try InferenceContext.axis(`operator`.axis, rank: x.rank)
        if axis == x.rank - 1, axis > 0, let extent = x.shape[axis].extent,
            node.target == .keras3, let vector = try node.constant(1)?.vector(extent)
        {
            return [
                try node.layer(
                    RMSNormalizationLayer(axes: [-1], epsilon: `operator`.epsilon), x,
                    weights: WrittenWeights(["scale": vector]), giving: try node.output())
            ]
        }
        let square = try node.operation(
            .numpy("Square"), [], .tensor(x), giving: OutputType(x.type, x.shape), as: "square")
        var reduced = x.shape
        for axis in axis..<x.rank { reduced[axis] = 1 }
        let mean = try node.mean(
            square, Array(axis..<x.rank), giving: OutputType(x.type, reduced), as: "mean")
        return [try node.normalized(x, mean, `operator`.epsilon)]
    }
}

extension NodeWriting {
    /// `x / √(variance + epsilon) · scale + bias` with the node's own scale and bias.
    fileprivate func normalized(
        _ x: KerasTensor, _ variance: KerasTensor, _ epsilon: Float
    ) throws -> KerasTensor {
        guard x.type == .float32 || x.type == .float64 else {
            throw unsupported("Keras would normalize \(x.type) numbers in that precision")
        }
        let output = try output()
        let type = OutputType(x.type, variance.shape)
        let shifted = try combined(
            "Add", .tensor(variance), try number(Double(epsilon), x.type), giving: type,
            as: "shifted")
        let root = try operation(
            .numpy("Sqrt"), [], .tensor(shifted), giving: type, as: "deviation")
        let quotient = try combined(
            "Divide", .tensor(x), .tensor(root), giving: output, as: "normalized")
        let scaled = try combined(
            "Multiply", .tensor(quotient), try argument(1), giving: output,
            as: has(2) ? "scaled" : nil)
        return has(2)
            ? try combined("Add", .tensor(scaled), try argument(2), giving: output) : scaled
    }
}
