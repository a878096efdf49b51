import HingeGraph
import HingeOperators

/// `RMSNormalization` over the last axis as `RMSNormalization`.
struct RMSNormalizationRule: OperatorRule {
    func write(_ operator: RMSNormalization, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let axis = try InferenceContext.axis(`operator`.axis, rank: x.rank)
        let scale = try node.requiredConstant(1, "the scale of a normalization")
        guard axis == x.rank - 1, axis > 0, let extent = x.shape[axis].extent,
            node.target == .keras3, let vector = try scale.vector(extent)
        else {
            throw node.unsupported("Keras normalizes by the root mean square of the last axis only")
        }
        return [
            try node.layer(
                RMSNormalizationLayer(axes: [-1], epsilon: `operator`.epsilon), x,
                weights: WrittenWeights(["scale": vector]), giving: try node.output())
        ]
    }
}
