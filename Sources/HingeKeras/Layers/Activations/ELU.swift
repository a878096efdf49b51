import HingeGraph
import HingeOperators

/// `y = x` where `x > 0`, `alpha · (eˣ − 1)` elsewhere.
///
/// Source: Keras `ELU(alpha=1.0)`.
struct ELULayer: UnaryKerasLayer {
    /// The value, negated, that large negative inputs approach.
    var alpha: Float = 1
}

extension ELULayer {
    static let className = "ELU"

    init(_ config: ConfigReader) throws {
        alpha = try config.float("alpha", default: 1)
    }

    var masking: Masking { .keep }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.append(Elu(alpha: alpha), x)
    }

    func write(_ config: inout ConfigWriter) {
        config["alpha"] = config.real(alpha)
    }
}
