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
        let mask = try (call.tensor("mask", 1)?.operand ?? input.mask).map {
            try self.mask($0, context)
        }
        if let mask { x = try masked(x, mask, context) }
        let rank = try context.rank(x)
        let axes = try axes.map { try InferenceContext.axis($0, rank: rank) }.sorted()
        let clears = mask != nil && context.semantics.isKeras3(since: 10)
        guard axes.count > 1 else {
            let result = try context.append(
                Softmax(axis: axes[0]), x, as: clears ? "weights" : nil)
            return [KerasValue(try cleared(result, clears ? mask : nil, context))]
        }
        let maximum = try context.append(ReduceMax(axes: axes), x, as: "maximum")
        let exponential = try context.append(
            Exp(), context.append(Sub(), x, maximum, as: "shifted"), as: "exponential")
        let sum = try context.append(ReduceSum(axes: axes), exponential, as: "sum")
        let result = try context.append(Div(), exponential, sum, as: clears ? "weights" : nil)
        return [KerasValue(try cleared(result, clears ? mask : nil, context))]
    }

    /// A mask of booleans.
    private func mask(_ mask: Operand, _ context: LayerContext) throws -> Operand {
        guard try context.dataType(mask) != .bool else { return mask }
        guard try context.dataType(mask).isFloatingPoint else { return try context.boolean(mask) }
        return try context.append(
            Greater(), mask, context.scalar(0.5, like: mask, "half"), as: "mask")
    }

    /// A result that is 0 outside the mask, also where nothing is inside.
    private func cleared(
        _ result: Operand, _ mask: Operand?, _ context: LayerContext
    ) throws -> Operand {
        guard let mask else { return result }
        return try context.append(
            Where(), mask, result, context.scalar(0, like: result, "zero"))
    }

    private func masked(
        _ x: Operand, _ mask: Operand, _ context: LayerContext
    ) throws -> Operand {
        if context.semantics.isKeras3(since: 13) {
            return try context.hiding(x, outside: mask)
        }
        let isKeras3 = context.semantics.generation == .keras3
        return try context.lowering(x, outside: mask, halfPenalty: isKeras3 ? -3e4 : -65504)
    }

    func write(_ config: inout ConfigWriter) {
        config["axis"] = axes.count == 1 ? .integer(axes[0]) : .integers(axes)
    }
}
