import HingeGraph
import HingeOperators

/// What the poolings to a given size have in common: all but the operator and the number of spatial
/// axes.
///
/// Result `i` of `o` along an axis of `n` elements covers the elements from `⌊i·n/o⌋` to
/// `⌈(i+1)·n/o⌉`.
protocol AdaptivePoolingLayer: UnaryKerasLayer {
    /// The number of spatial axes.
    static var spatialRank: Int { get }
    /// The size of the result's spatial axes.
    var outputSize: [Int] { get set }
    /// Where the channels are.
    var dataFormat: DataFormat { get set }

    /// Creates the layer.
    init(outputSize: [Int], dataFormat: DataFormat)
    /// The pooling over the given axis, which stays with a size of 1.
    func pooling(over axis: Int) -> any Operator
    /// The pooling over a window.
    func pooling(_ window: SpatialWindow) -> any Operator
}

extension AdaptivePoolingLayer {
    init(_ config: ConfigReader) throws {
        self.init(
            outputSize: try config.required(
                "output_size", config.tuple("output_size", count: Self.spatialRank)),
            dataFormat: try config.dataFormat())
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let rank = Self.spatialRank
        try context.requireRank(x, rank + 2...rank + 2)
        let first = dataFormat == .channelsLast ? 1 : 2
        let extents = try (0..<rank).map { try context.extent(x, first + $0) }
        if zip(extents, outputSize).allSatisfy({ $0 % $1 == 0 && $0 > 0 }) {
            let size = zip(extents, outputSize).map { $0 / $1 }
            let pooling = pooling(SpatialWindow(kernel: size, strides: size))
            return try context.append(context.laidOut(pooling, dataFormat), x)
        }
        var x = x
        for axis in 0..<rank {
            x = try pool(x, first + axis, extents[axis], outputSize[axis], context)
        }
        return x
    }

    /// The pooling along one axis: each result by itself.
    private func pool(
        _ x: Operand, _ axis: Int, _ extent: Int, _ count: Int, _ context: LayerContext
    ) throws -> Operand {
        guard count <= 4096 else {
            throw HingeError(
                .unsupported, "a size of \(count) that does not divide \(extent) is not supported",
                at: [.field("output_size")])
        }
        let parts = try (0..<count).map { index in
            let start = index * extent / count
            let end = ((index + 1) * extent + count - 1) / count
            let part = try context.append(
                SliceOf(starts: [start], ends: [end], axes: [axis]), x, as: "part")
            return try context.append(pooling(over: axis), part, as: "pooled")
        }
        return try context.append(Concat(axis: axis), parts)[0]
    }

    func write(_ config: inout ConfigWriter) {
        config["output_size"] = .integers(outputSize)
        config.set(dataFormat)
    }
}
