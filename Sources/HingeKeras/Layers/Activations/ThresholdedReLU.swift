import HingeGraph
import HingeOperators

/// `y = x` where `x > theta`, 0 elsewhere.
///
/// Source: Keras 1 and 2 `ThresholdedReLU(theta=1.0)`.
struct ThresholdedReLULayer: UnaryKerasLayer {
    /// The threshold.
    var theta: Float = 1
}

extension ThresholdedReLULayer {
    static let className = "ThresholdedReLU"

    init(_ config: ConfigReader) throws {
        theta = try config.float("theta", default: 1)
    }

    var masking: Masking { .keep }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.append(ThresholdedRelu(alpha: theta), x)
    }

    func write(_ config: inout ConfigWriter) {
        config["theta"] = config.real(theta)
    }
}
