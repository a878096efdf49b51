import HingeGraph
import HingeOperators

/// `BatchNormalization` with given statistics as `BatchNormalization`.
struct BatchNormalizationRule: OperatorRule {
    func write(_ operator: BatchNormalization, _ node: NodeWriting) throws -> [KerasTensor] {
        guard !`operator`.isTraining else {
            throw node.unsupported("Keras can't normalize by the statistics of the batch itself")
        }
        let x = try node.tensor(0)
        guard node.isChannelsLast || x.rank == 2 else { throw node.requirement() }
        var own: [String: Tensor] = [:]
        let names = ["gamma", "beta", "moving_mean", "moving_variance"]
        for (index, name) in names.enumerated() {
            own[name] = try node.requiredConstant(index + 1, "the statistics of a normalization")
        }
        let config = node.originalConfig
        let layer = BatchNormalizationLayer(
            epsilon: `operator`.epsilon, center: config?["center"] != false,
            scale: config?["scale"] != false)
        return [
            try node.layer(
                layer, x, weights: WrittenWeights(own), giving: try node.output())
        ]
    }
}

extension NodeWriting {
    /// The error of an operator that isn't in the layout that Keras has.
    func requirement() -> HingeError {
        unsupported("Keras can't express it in this layout, or with these outputs")
    }

    /// The configuration of the Keras layer that the node was made from, if it was.
    var originalConfig: JSONObject? {
        (node.origin?.payload as? KerasLayerOrigin)?.object.config
    }
}
