import HingeGraph
import HingeOperators

/// Convolution whose kernel differs from position to position: `[N, height, width, C]`, N the batch
/// and C the channels.
///
/// Source: Keras 1 and 2 `LocallyConnected2D`; `kernel` is `[positions, window · C, filters]`,
/// `bias` `[height, width, filters]` of the result.
struct LocallyConnected2DLayer: UnaryKerasLayer {
    /// The fields.
    var settings: ConvolutionSettings
}

extension LocallyConnected2DLayer {
    static let className = "LocallyConnected2D"

    init(_ config: ConfigReader) throws {
        let implementation = try config.int("implementation") ?? 1
        guard implementation == 1 else {
            throw config.unsupported(
                "implementation", "implementation \(implementation) is not supported")
        }
        settings = ConvolutionSettings(
            filters: try config.requiredPositive("filters"),
            window: try WindowSettings(config, rank: 2))
        guard settings.window.dataFormat == .channelsLast, settings.window.padding == .valid else {
            throw config.unsupported(
                "data_format", "only \"channels_last\" without padding is supported")
        }
        settings.activation = try config.activation("activation")
        settings.useBias = try config.bool("use_bias", default: true)
    }

    var variables: LayerVariables {
        LayerVariables(["kernel"] + (settings.useBias ? ["bias"] : []))
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.requireRank(x, 4...4)
        let size = settings.window.size
        let strides = settings.window.strides
        let channels = try context.extent(x, 3)
        let extents = try (0..<2).map { axis in
            let extent = try context.extent(x, axis + 1)
            guard extent >= size[axis] else {
                throw HingeError(.mismatch, "the input is smaller than the window")
            }
            return (extent - size[axis]) / strides[axis] + 1
        }
        guard size[0] <= 64, size[1] <= 64 else {
            throw HingeError(.limit, "expected a window of at most 64 by 64, found \(size)")
        }
        // One slice for each element of the window; together the patches [N, positions, window · C].
        var slices: [Operand] = []
        for row in 0..<size[0] {
            for column in 0..<size[1] {
                let start = [row, column]
                let ends = (0..<2).map { (axis: Int) -> Int in
                    start[axis] + (extents[axis] - 1) * strides[axis] + 1
                }
                slices.append(
                    try context.append(
                        SliceOf(starts: start, ends: ends, axes: [1, 2], steps: strides), x,
                        as: "slice"))
            }
        }
        let positions = Extent.product(of: extents)
        let depth = Extent.product(of: size + [channels])
        let patches = try context.append(Concat(axis: 3), slices, as: "patches")[0]
        let flat = try context.append(
            Reshape(shape: [0, positions, depth]), patches, as: "flat")
        let byPosition = try context.append(Transpose([1, 0, 2]), flat, as: "by_position")
        let kernel = try context.variable("kernel", [positions, depth, settings.filters])
        let product = try context.append(MatMul(), byPosition, kernel)
        let byExample = try context.append(Transpose([1, 0, 2]), product, as: "by_example")
        var result = try context.append(
            Reshape(shape: [0] + extents + [settings.filters]), byExample, as: "image")
        if settings.useBias {
            let bias = try context.variable("bias", extents + [settings.filters])
            result = try context.append(Add(), result, bias, as: "biased")
        }
        return try context.activate(settings.activation, result)
    }

    func write(_ config: inout ConfigWriter) {
        config["filters"] = .integer(settings.filters)
        settings.window.write(&config, sizeKey: "kernel_size")
        config.setActivation("activation", settings.activation)
        config.set("use_bias", settings.useBias, default: true) { .bool($0) }
    }
}
