import HingeGraph
import HingeOperators

/// `x / max(√Σx², 1e-12)`, the sum taken along axes.
///
/// Source: Keras `UnitNormalization(axis=-1)`.
struct UnitNormalizationLayer: UnaryKerasLayer {
    /// The axes.
    var axes: [Int] = [-1]
}

extension UnitNormalizationLayer {
    static let className = "UnitNormalization"

    init(_ config: ConfigReader) throws {
        axes = try config.ints("axis") ?? [-1]
    }

    var masking: Masking { .keep }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let axes = try context.axes(axes, rank: context.rank(x))
        let square = try context.append(Mul(), x, x, as: "square")
        let sum = try context.append(ReduceSum(axes: axes), square, as: "sum")
        let norm = try context.append(Sqrt(), sum, as: "norm")
        let bounded = try context.append(
            Max(), norm, context.scalar(1e-12, like: x, "least"), as: "bounded")
        return try context.append(Div(), x, bounded)
    }

    func write(_ config: inout ConfigWriter) {
        config["axis"] = axes.count == 1 ? .integer(axes[0]) : .integers(axes)
    }
}
