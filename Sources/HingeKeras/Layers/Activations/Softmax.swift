import HingeGraph
import HingeOperators

/// `eˣ / Σ eˣ`, the sum taken along an axis or several.
///
/// Elements that a mask leaves out get a large negative number before.
///
/// Source: Keras `Softmax(axis=-1)`.
struct SoftmaxLayer: KerasLayer {
    /// The axes.
    var axes: [Int] = [-1]
}

extension SoftmaxLayer {
    static let className = "Softmax"

    init(_ config: ConfigReader) throws {
        axes = try config.ints("axis") ?? [-1]
        guard !axes.isEmpty else { throw config.error("axis", "expected an axis, found none") }
    }

    var masking: Masking { .keep }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let input = try call.input()
        var x = input.operand
        if let mask = call.tensor("mask", 1)?.operand ?? input.mask {
            x = try masked(x, mask, context)
        }
        let rank = try context.rank(x)
        let axes = try axes.map { try InferenceContext.axis($0, rank: rank) }.sorted()
        guard axes.count > 1 else {
            return [KerasValue(try context.append(Softmax(axis: axes[0]), x))]
        }
        let maximum = try context.append(ReduceMax(axes: axes), x, as: "maximum")
        let exponential = try context.append(
            Exp(), context.append(Sub(), x, maximum, as: "shifted"), as: "exponential")
        let sum = try context.append(ReduceSum(axes: axes), exponential, as: "sum")
        return [KerasValue(try context.append(Div(), exponential, sum))]
    }

    private func masked(
        _ x: Operand, _ mask: Operand, _ context: LayerContext
    ) throws -> Operand {
        let isHalf = try context.dataType(x) == .float16
        if context.semantics.generation == .keras3 {
            let low = try context.scalar(isHalf ? -3e4 : -1e9, like: x, "masked")
            return try context.append(Where(), mask, x, low, as: "visible")
        }
        let type = try context.dataType(x)
        let hidden = try context.append(
            Cast(to: type), context.append(Not(), mask, as: "hidden"), as: "amount")
        let low = try context.scalar(isHalf ? -65504 : -1e9, like: x, "masked")
        return try context.append(
            Add(), x, context.append(Mul(), hidden, low, as: "penalty"), as: "visible")
    }

    func write(_ config: inout ConfigWriter) {
        config["axis"] = axes.count == 1 ? .integer(axes[0]) : .integers(axes)
    }
}
