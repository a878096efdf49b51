import HingeGraph
import HingeOperators

/// What the poolings over a window have in common: all but the operator and the number of spatial
/// axes.
protocol PoolingLayer: UnaryKerasLayer {
    /// The number of spatial axes.
    static var spatialRank: Int { get }
    /// The window.
    var window: WindowSettings { get set }

    /// Creates the layer.
    init(window: WindowSettings)
    /// The operator for a window.
    func pooling(_ window: SpatialWindow) -> any Operator
}

extension PoolingLayer {
    init(_ config: ConfigReader) throws {
        let rank = Self.spatialRank
        let size = try config.tuple("pool_size", count: rank, default: 2)
        self.init(
            window: WindowSettings(
                size: size, strides: try config.tuple("strides", count: rank) ?? size,
                padding: try config.padding(), dataFormat: try config.dataFormat()))
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.requireRank(x, window.rank + 2...window.rank + 2)
        let pooling = pooling(
            try window.window(for: context.shape(x), context.semantics, isPooling: true))
        return try context.append(context.laidOut(pooling, window.dataFormat), x)
    }

    func write(_ config: inout ConfigWriter) {
        config["pool_size"] = .integers(window.size)
        config["strides"] = .integers(window.strides)
        config.set("padding", window.padding, default: .valid) { .string($0.rawValue) }
        config.set(window.dataFormat)
    }
}
