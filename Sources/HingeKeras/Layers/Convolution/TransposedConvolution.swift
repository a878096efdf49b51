import HingeGraph
import HingeOperators

/// What `Conv1DTranspose`, `Conv2DTranspose` and `Conv3DTranspose` have in common: all but the
/// number of spatial axes.
protocol TransposedConvolutionLayer: UnaryKerasLayer {
    /// The number of spatial axes.
    static var spatialRank: Int { get }
    /// The fields, of which this layer has no groups.
    var settings: ConvolutionSettings { get set }
    /// By how much the result is longer than it would be at least, for each spatial axis; `nil` to
    /// fit the padding.
    var outputPadding: [Int]? { get set }

    /// Creates the layer.
    init(settings: ConvolutionSettings, outputPadding: [Int]?)
}

extension TransposedConvolutionLayer {
    init(_ config: ConfigReader) throws {
        let rank = Self.spatialRank
        var settings = ConvolutionSettings(
            filters: try config.requiredPositive("filters"),
            window: try WindowSettings(config, rank: rank))
        settings.activation = try config.activation("activation")
        settings.useBias = try config.bool("use_bias", default: true)
        var outputPadding = try config.ints("output_padding")
        if let padding = outputPadding {
            if padding.count == 1 { outputPadding = [Int](repeating: padding[0], count: rank) }
            guard outputPadding?.count == rank, padding.allSatisfy({ (0..<1 << 20).contains($0) })
            else {
                throw config.error(
                    "output_padding", "expected \(rank) sizes, found \(padding)")
            }
        }
        self.init(settings: settings, outputPadding: outputPadding)
    }

    var variables: LayerVariables {
        LayerVariables(["kernel"] + (settings.useBias ? ["bias"] : []))
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let window = settings.window
        try context.requireRank(x, window.rank + 2...window.rank + 2)
        let channels = try context.channels(x, window.dataFormat)
        let shape = window.size + [settings.filters, channels]
        var inputs = [
            x,
            try context.variable("kernel") {
                try context.operatorKernel(context.weight("kernel", shape))
            },
        ]
        if settings.useBias { inputs.append(try context.variable("bias", [settings.filters])) }
        let result = try context.append(
            context.laidOut(operatorForm(context.semantics), window.dataFormat), inputs)[0]
        return try context.activate(settings.activation, result)
    }

    /// The operator, whose padding takes away from the result what Keras doesn't keep.
    private func operatorForm(_ semantics: KerasSemantics) -> ConvTranspose {
        let window = settings.window
        var begin: [Int] = []
        var end: [Int] = []
        var extra: [Int] = []
        for axis in 0..<window.rank {
            let (b, e, x) = border(
                span: window.spans[axis], stride: window.strides[axis], asked: outputPadding?[axis],
                isTheano: semantics.isTheano)
            begin.append(b)
            end.append(e)
            extra.append(x)
        }
        let isPadded = (begin + end).contains { $0 != 0 }
        return ConvTranspose(
            window: SpatialWindow(
                kernel: window.size, strides: window.strides, dilations: window.dilation,
                padding: isPadded ? .explicit(begin + end) : .none),
            outputPadding: extra.allSatisfy { $0 == 0 } ? [] : extra)
    }

    /// What is taken away at the beginning and the end of an axis, and what is added at the end.
    private func border(
        span: Int, stride: Int, asked: Int?, isTheano: Bool
    ) -> (begin: Int, end: Int, extra: Int) {
        switch (settings.window.padding, asked) {
        case (.same, nil) where isTheano:
            // The gradient of a convolution that is padded by half of the window.
            let rest = span - stride - span / 2
            return (span / 2, max(rest, 0), max(-rest, 0))
        case (.same, nil):
            let total = max(span - stride, 0)
            return (total / 2, total - total / 2, max(stride - span, 0))
        case (.same, let asked?):
            let total = 2 * (span / 2) - asked
            return total >= 0 ? (total / 2, total - total / 2, 0) : (0, 0, -total)
        case (_, let asked): return (0, 0, asked ?? max(stride - span, 0))
        }
    }

    func write(_ config: inout ConfigWriter) {
        config["filters"] = .integer(settings.filters)
        settings.window.write(&config, sizeKey: "kernel_size")
        if let outputPadding { config["output_padding"] = .integers(outputPadding) }
        config.setActivation("activation", settings.activation)
        config.set("use_bias", settings.useBias, default: true) { .bool($0) }
    }
}
