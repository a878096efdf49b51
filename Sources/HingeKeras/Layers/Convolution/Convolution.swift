import HingeGraph
import HingeOperators

/// What `Conv1D`, `Conv2D` and `Conv3D` have in common: all but the number of spatial axes.
protocol ConvolutionLayer: UnaryKerasLayer {
    /// The number of spatial axes.
    static var spatialRank: Int { get }
    /// The fields.
    var settings: ConvolutionSettings { get set }

    /// Creates the layer.
    init(settings: ConvolutionSettings)
}

/// The fields of a convolution.
struct ConvolutionSettings: Sendable {
    /// The number of channels of the result.
    var filters: Int
    /// The window.
    var window: WindowSettings
    /// The number of groups that the channels are divided into.
    var groups = 1
    /// What is applied to the result.
    var activation: KerasActivation = .linear
    /// Whether there is a bias.
    var useBias = true
}

extension ConvolutionLayer {
    init(_ config: ConfigReader) throws {
        let rank = Self.spatialRank
        var settings = ConvolutionSettings(
            filters: try config.requiredPositive("filters"),
            window: try WindowSettings(config, rank: rank, allowsCausal: rank == 1))
        settings.groups = try config.positive("groups") ?? 1
        settings.activation = try config.activation("activation")
        settings.useBias = try config.bool("use_bias", default: true)
        self.init(settings: settings)
    }

    var variables: LayerVariables {
        LayerVariables(["kernel"] + (settings.useBias ? ["bias"] : []))
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let window = settings.window
        try context.requireRank(x, window.rank + 2...window.rank + 2)
        let channels = try context.channels(x, window.dataFormat)
        guard channels % settings.groups == 0 else {
            throw HingeError(
                .mismatch, "expected channels that \(settings.groups) divides, found \(channels)",
                at: [.field("groups")])
        }
        let shape = window.size + [channels / settings.groups, settings.filters]
        var inputs = [
            x,
            try context.variable("kernel") {
                try context.operatorKernel(context.weight("kernel", shape))
            },
        ]
        if settings.useBias { inputs.append(try context.variable("bias", [settings.filters])) }
        let convolution = Conv(
            window: try window.window(for: context.shape(x), context.semantics),
            group: settings.groups)
        let result = try context.append(
            context.laidOut(convolution, window.dataFormat), inputs)[0]
        return try context.activate(settings.activation, result)
    }

    func write(_ config: inout ConfigWriter) {
        config["filters"] = .integer(settings.filters)
        settings.window.write(&config, sizeKey: "kernel_size")
        config.set("groups", settings.groups, default: 1) { .integer($0) }
        config.setActivation("activation", settings.activation)
        config.set("use_bias", settings.useBias, default: true) { .bool($0) }
    }
}

extension WindowSettings {
    /// Reads the window of a convolution.
    init(_ config: ConfigReader, rank: Int, allowsCausal: Bool = false) throws {
        self.init(
            size: try config.required("kernel_size", config.tuple("kernel_size", count: rank)),
            strides: try config.tuple("strides", count: rank),
            padding: try config.padding(allowsCausal: allowsCausal),
            dilation: try config.tuple("dilation_rate", count: rank),
            dataFormat: try config.dataFormat())
    }

    /// Writes the window of a convolution.
    func write(_ config: inout ConfigWriter, sizeKey: String) {
        let ones = [Int](repeating: 1, count: rank)
        config[sizeKey] = .integers(size)
        config.set("strides", strides, default: ones) { .integers($0) }
        config.set("padding", padding, default: .valid) { .string($0.rawValue) }
        config.set("dilation_rate", dilation, default: ones) { .integers($0) }
        config.set(dataFormat)
    }
}
