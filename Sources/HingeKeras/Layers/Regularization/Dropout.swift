import HingeGraph
import HingeOperators

/// Leaves its input as it is when a model runs; drops a part of it only in training.
///
/// Source: Keras `Dropout(rate)`.
struct DropoutLayer: KerasLayer {
    /// The part that training drops.
    var rate: Double = 0.5
}

extension DropoutLayer {
    static let className = "Dropout"

    init(_ config: ConfigReader) throws {
        rate = try config.number("rate") ?? 0.5
    }

    var masking: Masking { .keep }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        [try call.input()]
    }

    func write(_ config: inout ConfigWriter) {
        config["rate"] = .number(rate)
    }
}
