import HingeGraph
import HingeOperators

/// What `SeparableConv1D` and `SeparableConv2D` have in common: all but the number of spatial axes.
protocol SeparableConvolutionLayer: UnaryKerasLayer {
    /// The number of spatial axes.
    static var spatialRank: Int { get }
    /// The fields of the first convolution, which treats each channel alone, and those that both
    /// share.
    var settings: DepthwiseSettings { get set }
    /// The number of channels of the result.
    var filters: Int { get set }

    /// Creates the layer.
    init(settings: DepthwiseSettings, filters: Int)
}

extension SeparableConvolutionLayer {
    init(_ config: ConfigReader) throws {
        var settings = DepthwiseSettings(
            window: try WindowSettings(
                config, rank: Self.spatialRank, allowsCausal: Self.spatialRank == 1))
        settings.multiplier = try config.positive("depth_multiplier") ?? 1
        settings.activation = try config.activation("activation")
        settings.useBias = try config.bool("use_bias", default: true)
        self.init(settings: settings, filters: try config.requiredPositive("filters"))
    }

    var variables: LayerVariables {
        LayerVariables(
            ["depthwise_kernel", "pointwise_kernel"] + (settings.useBias ? ["bias"] : []))
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let window = settings.window
        try context.requireRank(x, window.rank + 2...window.rank + 2)
        let channels = try context.channels(x, window.dataFormat)
        let kernel = try context.depthwiseKernel(
            "depthwise_kernel", window, channels, settings.multiplier)
        let depthwise = Conv(
            window: try window.window(for: context.shape(x), context.semantics), group: channels)
        let middle = try context.append(
            context.laidOut(depthwise, window.dataFormat), x, kernel, as: "depthwise")
        let ones = [Int](repeating: 1, count: window.rank)
        var inputs = [
            middle,
            try context.variable("pointwise_kernel") {
                try context.operatorKernel(
                    context.weight(
                        "pointwise_kernel", ones + [channels * settings.multiplier, filters]))
            },
        ]
        if settings.useBias { inputs.append(try context.variable("bias", [filters])) }
        let pointwise = Conv(window: SpatialWindow(kernel: ones))
        let result = try context.append(
            context.laidOut(pointwise, window.dataFormat), inputs)[0]
        return try context.activate(settings.activation, result)
    }

    func write(_ config: inout ConfigWriter) {
        config["filters"] = .integer(filters)
        settings.window.write(&config, sizeKey: "kernel_size")
        config.set("depth_multiplier", settings.multiplier, default: 1) { .integer($0) }
        config.setActivation("activation", settings.activation)
        config.set("use_bias", settings.useBias, default: true) { .bool($0) }
    }
}
