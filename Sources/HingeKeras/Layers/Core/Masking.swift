import HingeGraph
import HingeOperators

/// Marks the steps of `[N, T, C]` of which every element is one value, and makes them 0.
///
/// Source: Keras `Masking(mask_value=0)`.
struct MaskingLayer: KerasLayer {
    /// The value.
    var maskValue: Double = 0
}

extension MaskingLayer {
    static let className = "Masking"

    init(_ config: ConfigReader) throws {
        maskValue = try config.number("mask_value") ?? 0
    }

    var masking: Masking { .own }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let x = try call.input().operand
        let type = try context.dataType(x)
        let isEqual = try context.append(
            Equal(), x, context.scalar(maskValue, like: x, "mask_value"), as: "equal")
        let differs = try context.append(
            Cast(to: type), context.append(Not(), isEqual, as: "differs"), as: "numbers")
        let counts = try context.append(
            ReduceMax(axes: [-1], keepsDimensions: true), differs, as: "counts")
        let flat = try context.append(Squeeze(axes: [-1]), counts, as: "steps")
        let mask = try context.append(Cast(to: .bool), flat, as: "mask")
        return [KerasValue(try context.append(Mul(), x, counts), mask: mask)]
    }

    func write(_ config: inout ConfigWriter) {
        config["mask_value"] = .number(maskValue)
    }
}
