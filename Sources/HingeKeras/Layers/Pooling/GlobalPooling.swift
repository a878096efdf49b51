import HingeGraph
import HingeOperators

/// What the poolings over all positions have in common: all but the operator and the number of
/// spatial axes.
protocol GlobalPoolingLayer: KerasLayer {
    /// The number of spatial axes.
    static var spatialRank: Int { get }
    /// Where the channels are.
    var dataFormat: DataFormat { get set }
    /// Whether the spatial axes stay, with a size of 1.
    var keepsDimensions: Bool { get set }

    /// Creates the layer.
    init(dataFormat: DataFormat, keepsDimensions: Bool)
    /// The pooling over the given axes.
    func pooling(over axes: [Int], keepsDimensions: Bool) -> any Operator
}

extension GlobalPoolingLayer {
    init(_ config: ConfigReader) throws {
        self.init(
            dataFormat: try config.dataFormat(),
            keepsDimensions: try config.bool("keepdims", default: false))
    }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        [KerasValue(try pooled(try call.input().operand, context))]
    }

    /// The pooling of a value.
    func pooled(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.requireRank(x, Self.spatialRank + 2...Self.spatialRank + 2)
        let pooling = pooling(over: spatialAxes, keepsDimensions: keepsDimensions)
        // A mean of integers has fractions.
        let x = pooling is ReduceMean ? try context.floating(x) : x
        return try context.append(pooling, x)
    }

    /// The spatial axes.
    var spatialAxes: [Int] {
        let first = dataFormat == .channelsLast ? 1 : 2
        return Array(first..<first + Self.spatialRank)
    }

    func write(_ config: inout ConfigWriter) {
        config.set(dataFormat)
        config.set("keepdims", keepsDimensions, default: false) { .bool($0) }
    }
}
