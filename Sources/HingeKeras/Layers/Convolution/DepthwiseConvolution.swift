import HingeGraph
import HingeOperators

/// What `DepthwiseConv1D` and `DepthwiseConv2D` have in common: all but the number of spatial axes.
protocol DepthwiseConvolutionLayer: UnaryKerasLayer {
    /// The number of spatial axes.
    static var spatialRank: Int { get }
    /// The fields.
    var settings: DepthwiseSettings { get set }

    /// Creates the layer.
    init(settings: DepthwiseSettings)
}

/// The fields of a convolution that treats each channel alone.
struct DepthwiseSettings: Sendable {
    /// The number of results of each channel.
    var multiplier = 1
    /// The window.
    var window: WindowSettings
    /// What is applied to the result.
    var activation: KerasActivation = .linear
    /// Whether there is a bias.
    var useBias = true
}

extension DepthwiseConvolutionLayer {
    init(_ config: ConfigReader) throws {
        var settings = DepthwiseSettings(
            window: try WindowSettings(config, rank: Self.spatialRank))
        settings.multiplier = try config.positive("depth_multiplier") ?? 1
        settings.activation = try config.activation("activation")
        settings.useBias = try config.bool("use_bias", default: true)
        self.init(settings: settings)
    }

    var variables: LayerVariables {
        var variables = LayerVariables(["kernel"] + (settings.useBias ? ["bias"] : []))
        variables.own[0].otherNames = ["depthwise_kernel"]
        return variables
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let window = settings.window
        try context.requireRank(x, window.rank + 2...window.rank + 2)
        let channels = try context.channels(x, window.dataFormat)
        var inputs = [
            x, try context.depthwiseKernel("kernel", window, channels, settings.multiplier),
        ]
        if settings.useBias {
            inputs.append(try context.variable("bias", [channels * settings.multiplier]))
        }
        let convolution = Conv(
            window: try window.window(for: context.shape(x), context.semantics), group: channels)
        let result = try context.append(
            context.laidOut(convolution, window.dataFormat), inputs)[0]
        return try context.activate(settings.activation, result)
    }

    func write(_ config: inout ConfigWriter) {
        settings.window.write(&config, sizeKey: "kernel_size")
        config.set("depth_multiplier", settings.multiplier, default: 1) { .integer($0) }
        config.setActivation("activation", settings.activation)
        config.set("use_bias", settings.useBias, default: true) { .bool($0) }
    }
}

extension LayerContext {
    /// A depthwise kernel `[window…, C, multiplier]` as operators have it:
    /// `[C · multiplier, 1, window…]`.
    func depthwiseKernel(
        _ name: String, _ window: WindowSettings, _ channels: Int, _ multiplier: Int
    ) throws -> Operand {
        try variable(name) {
            let rank = window.rank
            let kernel = try weight(name, window.size + [channels, multiplier])
            return try fold(Transpose([rank, rank + 1] + Array(0..<rank)), [kernel])
                .reshaped(to: [channels * multiplier, 1] + window.size)
        }
    }
}
