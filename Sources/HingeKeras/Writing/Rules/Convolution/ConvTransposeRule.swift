import HingeGraph
import HingeOperators

/// `ConvTranspose` as `Conv1DTranspose`, `Conv2DTranspose` or `Conv3DTranspose`, whose borders a cropping takes away
/// where Keras has no such padding; groups of channels one by one.
struct ConvTransposeRule: OperatorRule {
    func write(_ operator: ConvTranspose, _ node: NodeWriting) throws -> [KerasTensor] {
        try node.requireChannelsLast()
        let x = try node.tensor(0)
        let output = try node.output()
        var `operator` = `operator`
        var weights = try node.requiredConstant(1, "the weights of a convolution")
        if `operator`.window.dilations.contains(where: { $0 > 1 }),
            `operator`.window.strides.contains(where: { $0 > 1 })
        {
            // Keras has either strides or dilation: the holes become zeros.
            weights = try weights.dilated(`operator`.window.dilations)
            `operator`.window.dilations = []
        }
        let plan = try TransposedPlan(`operator`, weights, x.shape, output.shape)
        var bias = node.has(2) ? try node.requiredConstant(2, "the bias of a convolution") : nil
        let group = `operator`.group
        let filters = weights.shape[1]
        if bias == nil, group == 1 { bias = try node.absorbBias(filters) }
        let activation =
            plan.hasCropping || group > 1 ? KerasActivation.linear : node.absorbActivation()
        func convolve(
            _ x: KerasTensor, _ weights: Tensor, _ bias: Tensor?, as role: String?
        ) throws -> KerasTensor {
            var own = ["kernel": try weights.kerasKernel()]
            own["bias"] = bias
            let settings = ConvolutionSettings(
                filters: filters, window: plan.window, activation: activation, useBias: bias != nil)
            var type = OutputType(x.type, plan.full(x.shape, filters))
            if !plan.hasCropping, group == 1 { type = output }
            let full = try node.layer(
                ConvTransposeRule.layer(settings, plan.outputPadding), x,
                weights: WrittenWeights(own), giving: type, as: plan.hasCropping ? "full" : role)
            return try node.bordered(full, plan.cropping, as: role)
        }
        guard group > 1 else { return [try convolve(x, weights, bias, as: nil)] }
        return [try groups(`operator`, node, weights, bias, convolve)]
    }

    private static func layer(
        _ settings: ConvolutionSettings, _ outputPadding: [Int]?
    ) -> any KerasLayer {
        switch settings.window.rank {
        case 1: Conv1DTransposeLayer(settings: settings, outputPadding: outputPadding)
        case 2: Conv2DTransposeLayer(settings: settings, outputPadding: outputPadding)
        default: Conv3DTransposeLayer(settings: settings, outputPadding: outputPadding)
        }
    }

    /// Each group of channels by itself, and the results side by side.
    private func groups(
        _ operator: ConvTranspose, _ node: NodeWriting, _ weights: Tensor, _ bias: Tensor?,
        _ convolve: (KerasTensor, Tensor, Tensor?, String?) throws -> KerasTensor
    ) throws -> KerasTensor {
        let x = try node.tensor(0)
        let (group, channels) = (`operator`.group, weights.shape[0])
        let (inputs, filters) = (channels / group, weights.shape[1])
        var part = x.shape
        part[x.rank - 1] = .known(inputs)
        let parts = try node.operation(
            .numpy("Split"),
            [
                ("indices_or_sections", .integers((1..<group).map { $0 * inputs })),
                ("axis", .integer(x.rank - 1)),
            ], CallArguments([.tensor(x)]),
            giving: [OutputType](repeating: OutputType(x.type, part), count: group), as: "groups")
        let results = try parts.enumerated().map { index, part in
            let own = try Tensor.fold(
                SliceOf(starts: [index * inputs], ends: [(index + 1) * inputs], axes: [0]), weights)
            let ownBias = try bias.map {
                try Tensor.fold(
                    SliceOf(starts: [index * filters], ends: [(index + 1) * filters]), $0)
            }
            return try convolve(part, own, ownBias, "group_\(index)")
        }
        return try node.layer(
            ConcatenateLayer(axis: -1),
            CallArguments([.list(results.map { .tensor($0) })]), giving: [try node.output()])[0]
    }
}

/// How Keras makes what a transposed convolution gives.
private struct TransposedPlan {
    /// The window, with Keras's padding.
    var window: WindowSettings
    /// By how much Keras is told to make the result longer; `nil` where it does by itself.
    var outputPadding: [Int]?
    /// What is taken away from the result, as negative borders.
    var cropping: [(begin: Int, end: Int)]

    var hasCropping: Bool { cropping.contains { $0.begin != 0 || $0.end != 0 } }

    init(_ operator: ConvTranspose, _ weights: Tensor, _ input: Shape, _ output: Shape) throws {
        let size = Array(weights.shape.dropFirst(2))
        guard (1...3).contains(size.count), input.rank == size.count + 2 else {
            throw HingeError(
                .unsupported, "Keras has no windows over \(size.count) spatial dimensions")
        }
        let source = `operator`.window
        let window = WindowSettings(
            size: size, strides: source.strides.isEmpty ? nil : source.strides,
            dilation: source.dilations.isEmpty ? nil : source.dilations)
        let borders = try size.indices.map { axis in
            try TransposedPlan.border(
                `operator`, axis, window, input[axis + 1].extent, output[axis + 1].extent)
        }
        let missing = size.indices.map { max(window.strides[$0] - window.spans[$0], 0) }
        let isSame = size.indices.allSatisfy { axis in
            let total = max(window.spans[axis] - window.strides[axis], 0)
            return borders[axis] == (total / 2, total - total / 2, missing[axis])
        }
        self.window = window
        if isSame, borders.contains(where: { $0.begin + $0.end > 0 }) {
            self.window.padding = .same
            cropping = borders.map { _ in (0, 0) }
            return
        }
        cropping = borders.map { (begin: -$0.begin, end: -max($0.end - $0.extra, 0)) }
        let extra = borders.map { max($0.extra - $0.end, 0) }
        guard extra != missing else { return }
        guard zip(extra, window.strides).allSatisfy({ $0 < $1 }) else {
            throw HingeError(
                .unsupported, "Keras's output padding is less than the strides, found \(extra)")
        }
        outputPadding = extra
    }

    /// What is taken away at the beginning and the end of an axis, and what the end has more.
    private static func border(
        _ operator: ConvTranspose, _ axis: Int, _ window: WindowSettings, _ input: Int?,
        _ output: Int?
    ) throws -> (begin: Int, end: Int, extra: Int) {
        let extra = `operator`.outputPadding.isEmpty ? 0 : `operator`.outputPadding[axis]
        let rank = window.rank
        if `operator`.outputShape.isEmpty {
            switch `operator`.window.padding {
            case .valid: return (0, 0, extra)
            case .explicit(let pads):
                return pads.isEmpty ? (0, 0, extra) : (pads[axis], pads[axis + rank], extra)
            case .sameUpper, .sameLower: break
            }
        }
        guard let input, let output else {
            throw HingeError(
                .unsupported, "this kind of padding needs extents that are known")
        }
        let full = (input - 1) * window.strides[axis] + extra + window.spans[axis]
        guard output <= full else { return (0, 0, extra + output - full) }
        let total = full - output
        let isUpper = `operator`.window.padding == .sameUpper
        let begin = isUpper ? total / 2 : total - total / 2
        return (begin, total - begin, extra)
    }

    /// The shape of the result before anything is taken away.
    func full(_ input: Shape, _ filters: Int) -> Shape {
        var shape = input
        for axis in 0..<window.rank {
            let (span, stride) = (window.spans[axis], window.strides[axis])
            shape[axis + 1] =
                input[axis + 1].extent.map { extent in
                    if window.padding == .same { return .known(extent * stride) }
                    let extra = outputPadding?[axis] ?? max(stride - span, 0)
                    return .known((extent - 1) * stride + span + extra)
                } ?? .unknown
        }
        shape[input.rank - 1] = .known(filters)
        return shape
    }
}
