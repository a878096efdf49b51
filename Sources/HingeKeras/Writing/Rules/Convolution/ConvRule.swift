import HingeGraph
import HingeOperators

/// `Conv` as `Conv1D`, `Conv2D` or `Conv3D`, or as `DepthwiseConv1D` or `DepthwiseConv2D` when each channel is a group,
/// behind a padding layer where Keras has no such padding.
struct ConvRule: OperatorRule {
    func write(_ operator: Conv, _ node: NodeWriting) throws -> [KerasTensor] {
        try node.requireChannelsLast()
        let x = try node.tensor(0)
        var weights = try node.requiredConstant(1, "the weights of a convolution")
        var window = try KerasWindow(
            `operator`.window, kernel: Array(weights.shape.dropFirst(2)), input: x.shape)
        if window.settings.dilation.contains(where: { $0 > 1 }),
            window.settings.strides.contains(where: { $0 > 1 })
        {
            // Keras has either strides or dilation: the holes become zeros.
            weights = try weights.dilated(window.settings.dilation)
            window.settings.size = window.settings.spans
            window.settings.dilation = window.settings.dilation.map { _ in 1 }
        }
        guard let channels = x.shape.dimensions.last?.extent else {
            throw node.unsupported("Keras needs the number of channels to be known")
        }
        var bias = node.has(2) ? try node.requiredConstant(2, "the bias of a convolution") : nil
        if bias == nil { bias = try node.absorbBias(weights.shape[0]) }
        let activation = node.absorbActivation()
        let padded = try node.bordered(x, window.borders)
        let isDepthwise =
            `operator`.group == channels && channels > 1 && window.settings.rank < 3
            && Set(window.settings.strides).count == 1
        var own: [String: Tensor] = [:]
        own["bias"] = bias
        let layer: any KerasLayer
        if isDepthwise {
            own["kernel"] = try weights.depthwiseKernel(channels)
            let settings = DepthwiseSettings(
                multiplier: weights.shape[0] / channels, window: window.settings,
                activation: activation, useBias: bias != nil)
            layer =
                window.settings.rank == 1
                ? DepthwiseConv1DLayer(settings: settings)
                : DepthwiseConv2DLayer(settings: settings)
        } else {
            own["kernel"] = try weights.kerasKernel()
            layer = ConvRule.layer(
                ConvolutionSettings(
                    filters: weights.shape[0], window: window.settings, groups: `operator`.group,
                    activation: activation, useBias: bias != nil))
        }
        return [
            try node.layer(
                layer, padded, weights: WrittenWeights(own), giving: try node.output())
        ]
    }

    private static func layer(_ settings: ConvolutionSettings) -> any KerasLayer {
        switch settings.window.rank {
        case 1: Conv1DLayer(settings: settings)
        case 2: Conv2DLayer(settings: settings)
        default: Conv3DLayer(settings: settings)
        }
    }
}

extension NodeWriting {
    /// Throws unless the operator has been brought into the channels-last layout, which its rule expects.
    func requireChannelsLast() throws {
        guard isChannelsLast else {
            throw unsupported("Keras can't express it in this layout, or with these outputs")
        }
    }
}

extension Tensor {
    /// The weights `[C · multiplier, 1, window…]` of a depthwise convolution as Keras has them:
    /// `[window…, C, multiplier]`.
    fileprivate func depthwiseKernel(_ channels: Int) throws -> Tensor {
        let spatial = Array(shape.dropFirst(2))
        return try .fold(
            Transpose(Array(2..<2 + spatial.count) + [0, 1]),
            reshaped(to: [channels, shape[0] / channels] + spatial))
    }

    /// The weights `[out, in, window…]` with zeros put between the elements of each window.
    func dilated(_ dilation: [Int]) throws -> Tensor {
        var result = self
        for (axis, step) in dilation.enumerated() where step > 1 {
            // [a, k, b] → [a, k, 1, b] → padded to [a, k, step, b] → [a, k · step, b] without the last zeros.
            let extents = result.shape
            let extent = extents[axis + 2]
            let before = extents[..<(axis + 2)].reduce(1, *)
            let after = extents[(axis + 3)...].reduce(1, *)
            let wide = try Tensor.fold(
                Pad(pads: [0, 0, 0, 0, 0, 0, step - 1, 0]),
                result.reshaped(to: [before, extent, 1, after]))
            let span = (extent - 1) * step + 1
            let cut = try Tensor.fold(
                SliceOf(starts: [0], ends: [span], axes: [1]),
                wide.reshaped(to: [before, extent * step, after]))
            result = try cut.reshaped(
                to: Array(extents[..<(axis + 2)]) + [span] + extents[(axis + 3)...])
        }
        return result
    }
}
