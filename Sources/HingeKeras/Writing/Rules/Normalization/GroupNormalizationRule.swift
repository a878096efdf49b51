import HingeGraph
import HingeOperators

/// `GroupNormalization` as `GroupNormalization`; a scale for each group becomes one for each channel.
struct GroupNormalizationRule: OperatorRule {
    func write(_ operator: GroupNormalization, _ node: NodeWriting) throws -> [KerasTensor] {
        [
            try node.groupNormalization(
                `operator`.groupCount, epsilon: `operator`.epsilon,
                hasGroupScale: `operator`.hasGroupScale)
        ]
    }
}

/// `InstanceNormalization` as `GroupNormalization` with a group for each channel.
struct InstanceNormalizationRule: OperatorRule {
    func write(_ operator: InstanceNormalization, _ node: NodeWriting) throws -> [KerasTensor] {
        guard let channels = try node.tensor(0).shape.dimensions.last?.extent else {
            throw node.unsupported("Keras needs the number of channels to be known")
        }
        return [try node.groupNormalization(channels, epsilon: `operator`.epsilon)]
    }
}

extension NodeWriting {
    fileprivate func groupNormalization(
        _ groups: Int, epsilon: Float, hasGroupScale: Bool = false
    ) throws -> KerasTensor {
        try requireChannelsLast()
        let x = try tensor(0)
        guard let channels = x.shape.dimensions.last?.extent, channels % groups == 0 else {
            throw unsupported("Keras needs the number of channels to be known")
        }
        func variable(_ position: Int) throws -> Tensor {
            let constant = try requiredConstant(position, "the scale of a normalization")
            guard hasGroupScale else { return constant }
            let wide = try Tensor.fold(
                Expand(shape: [groups, channels / groups]), constant.reshaped(to: [groups, 1]))
            return try wide.reshaped(to: [channels])
        }
        return try layer(
            GroupNormalizationLayer(groups: groups, axis: -1, epsilon: epsilon), x,
            weights: WrittenWeights(["gamma": try variable(1), "beta": try variable(2)]),
            giving: try output())
    }
}
