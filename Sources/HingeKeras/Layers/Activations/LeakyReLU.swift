import HingeGraph
import HingeOperators

/// `y = x` where `x ≥ 0`, `negative_slope · x` elsewhere.
///
/// Source: Keras `LeakyReLU(negative_slope=0.3)`, whose argument is `alpha` in Keras 1 and 2.
struct LeakyReLULayer: UnaryKerasLayer {
    /// The slope of the negative part.
    var negativeSlope: Float = 0.3
}

extension LeakyReLULayer {
    static let className = "LeakyReLU"

    init(_ config: ConfigReader) throws {
        let key = config.has("negative_slope") ? "negative_slope" : "alpha"
        negativeSlope = try config.float(key, default: 0.3)
    }

    var masking: Masking { .keep }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.append(LeakyRelu(alpha: negativeSlope), x)
    }

    func write(_ config: inout ConfigWriter) {
        // Keras 3 still takes the old name; Keras 2 doesn't know the new one.
        let key = config.target == .legacy ? "alpha" : "negative_slope"
        config[key] = config.real(negativeSlope)
    }
}
