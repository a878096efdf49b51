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
        let result = try context.append(Concat(axis: axis), inputs.map(\.operand))[0]
        return [KerasValue(result, mask: try mask(inputs, axis, rank, context))]
    }

    private func mask(
        _ inputs: [KerasValue], _ axis: Int, _ rank: Int, _ context: LayerContext
    ) throws -> Operand? {
        let masks = inputs.compactMap(\.mask)
        guard let first = masks.first else { return nil }
        if axis == 1, masks.count == inputs.count {
            return try context.append(Concat(axis: 1), masks, as: "mask")[0]
        }
        guard axis == rank - 1, rank > 2 else {
            throw HingeError(
                .unsupported, "masks of inputs put together along axis \(axis) are not supported")
        }
        // An input without a mask counts everywhere: for Keras 3 that decides, for Keras 2 it changes nothing.
        if context.semantics.generation == .keras3, masks.count < inputs.count { return nil }
        let both: any Operator = context.semantics.generation == .keras3 ? Or() : And()
        return try masks.dropFirst().reduce(first) { mask, other in
            mask == other ? mask : try context.append(both, mask, other, as: "mask")
        }
    }

    func write(_ config: inout ConfigWriter) {
        config["axis"] = .integer(axis)
    }
}
