import HingeGraph
import HingeOperators

/// What the layers that repeat elements have in common: all but the number of spatial axes.
protocol UpSamplingLayer: UnaryKerasLayer {
    /// The number of spatial axes.
    static var spatialRank: Int { get }
    /// The factors.
    var size: [Int] { get set }
    /// Where the channels are.
    var dataFormat: DataFormat { get set }
}

extension UpSamplingLayer {
    /// The operator that repeats each element.
    func repeating(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let rank = Self.spatialRank
        try context.requireRank(x, rank + 2...rank + 2)
        var resize = Resize(
            .nearest, .asymmetric, rounding: .floor, scales: size.map { Float($0) })
        resize.axes = Array(2..<2 + rank)
        return try context.append(context.laidOut(resize, dataFormat), x)
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try repeating(x, context)
    }

    func write(_ config: inout ConfigWriter) {
        config["size"] = size.count == 1 ? .integer(size[0]) : .integers(size)
        // Keras has sequences in one layout only.
        if size.count > 1 { config.set(dataFormat) }
    }
}
