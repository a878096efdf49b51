import HingeGraph
import HingeOperators

/// Tensors one after the other along an axis.
///
/// Source: Keras `Concatenate(axis=-1)`.
struct ConcatenateLayer: KerasLayer {
    /// The axis, the batch included in the count.
    var axis = -1
}

extension ConcatenateLayer {
    static let className = "Concatenate"

    init(_ config: ConfigReader) throws {
        axis = try config.int("axis") ?? -1
    }

    var masking: Masking { .own }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let inputs = call.inputs
        guard let first = inputs.first else {
            throw HingeError(.mismatch, "expected at least 1 input, found none")
        }
        let rank = try context.rank(first.operand)
        let axis = try InferenceContext.axis(axis, rank: rank)
        let operands = try context.promoted(inputs.map(\.operand))
        let result = try context.append(Concat(axis: axis), operands)[0]
        return [KerasValue(result, mask: try mask(inputs, axis, rank, context))]
    }

    /// The mask of the result.
    ///
    /// Keras puts masks together as it does tensors, each brought to its input's number of
    /// dimensions, and asks of each step whether all features count; from 3.4 on, whether any does.
    private func mask(
        _ inputs: [KerasValue], _ axis: Int, _ rank: Int, _ context: LayerContext
    ) throws -> Operand? {
        let masks = inputs.compactMap(\.mask)
        guard let first = masks.first else { return nil }
        let isAny = context.semantics.isKeras3(since: 4)
        let isPlain = try rank > 1 && masks.allSatisfy { try context.rank($0) == rank - 1 }
        if isPlain, axis == rank - 1 {
            // An input without a mask counts everywhere.
            if isAny, masks.count < inputs.count { return nil }
            let both: any Operator = isAny ? Or() : And()
            return try masks.dropFirst().reduce(first) { mask, other in
                mask == other ? mask : try context.append(both, mask, other, as: "mask")
            }
        }
        if isPlain, axis > 0, masks.count == inputs.count {
            return try context.append(Concat(axis: axis), masks, as: "mask")[0]
        }
        let full = try inputs.map { try fullMask($0, context) }
        let features = try context.append(
            Cast(to: .int32), context.append(Concat(axis: axis), full, as: "masks")[0],
            as: "features")
        let reduce: any Operator =
            isAny
            ? ReduceMax(axes: [-1], keepsDimensions: false)
            : ReduceMin(axes: [-1], keepsDimensions: false)
        return try context.append(
            Cast(to: .bool), context.append(reduce, features, as: "steps"), as: "mask")
    }

    /// A mask with an element for each of the input.
    private func fullMask(_ input: KerasValue, _ context: LayerContext) throws -> Operand {
        let shape = try context.append(ShapeOf(), input.operand, as: "shape")
        guard var mask = input.mask else {
            let counts = context.constant(Tensor([true], shape: []), "counts")
            return try context.append(Expand(), counts, shape, as: "unmasked")
        }
        if try context.rank(mask) < context.rank(input.operand) {
            mask = try context.column(mask)
        }
        return try context.append(Expand(), mask, shape, as: "masked")
    }

    func write(_ config: inout ConfigWriter) {
        config["axis"] = .integer(axis)
    }
}
