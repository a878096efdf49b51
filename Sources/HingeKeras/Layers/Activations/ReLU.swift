import HingeGraph
import HingeOperators

/// `x` above the threshold, at most `max_value`; `negative_slope · (x − threshold)` elsewhere.
///
/// At the threshold itself, if that is not 0, the value is 0.
///
/// Source: Keras `ReLU(max_value=None, negative_slope=0, threshold=0)`.
struct ReLULayer: UnaryKerasLayer {
    /// The greatest value.
    var maxValue: Double?
    /// The slope below the threshold.
    var negativeSlope: Double = 0
    /// Where the function turns.
    var threshold: Double = 0
}

extension ReLULayer {
    static let className = "ReLU"

    init(_ config: ConfigReader) throws {
        maxValue = try config.number("max_value")
        if maxValue == .infinity { maxValue = nil }
        negativeSlope = try config.number("negative_slope") ?? 0
        threshold = try config.number("threshold") ?? 0
        for (key, value) in [
            ("max_value", maxValue ?? 0), ("negative_slope", negativeSlope),
            ("threshold", threshold),
        ] where !(value >= 0) {
            throw config.error(key, "expected a number of at least 0, found \(value)")
        }
    }

    var masking: Masking { .keep }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        if threshold == 0, negativeSlope == 0 {
            guard let maxValue else { return try context.append(Relu(), x) }
            return try context.clip(x, 0, maxValue)
        }
        if threshold == 0, maxValue == nil {
            return try context.append(LeakyRelu(alpha: Float(negativeSlope)), x)
        }
        var above =
            threshold == 0
            ? x : try context.append(ThresholdedRelu(alpha: Float(threshold)), x, as: "above")
        if threshold == 0 || maxValue != nil {
            above = try context.clip(
                above, 0, maxValue, as: negativeSlope == 0 ? nil : "limited")
        }
        guard negativeSlope != 0 else { return above }
        let distance = try context.append(
            Sub(), context.scalar(threshold, like: x, "threshold"), x, as: "distance")
        let below = try context.append(Relu(), distance, as: "below")
        let scaled = try context.append(
            Mul(), below, context.scalar(negativeSlope, like: x, "slope"), as: "scaled")
        return try context.append(Sub(), above, scaled)
    }

    func write(_ config: inout ConfigWriter) {
        if let maxValue { config["max_value"] = .number(maxValue) }
        config.set("negative_slope", negativeSlope, default: 0) { .number($0) }
        config.set("threshold", threshold, default: 0) { .number($0) }
    }
}
