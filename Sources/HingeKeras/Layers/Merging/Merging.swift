import HingeGraph
import HingeOperators

/// What the layers that combine several tensors element by element have in common: all but the
/// operator.
///
/// Inputs of fewer dimensions get axes of size 1 after the batch.
protocol MergingLayer: KerasLayer {
    /// Creates the layer.
    init()
    /// Combines the inputs, which have the same number of dimensions.
    func merge(_ inputs: [Operand], _ context: LayerContext) throws -> Operand
}

extension MergingLayer {
    init(_ config: ConfigReader) throws { self.init() }

    var masking: Masking { .own }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let inputs = call.inputs
        guard !inputs.isEmpty else {
            throw HingeError(.mismatch, "expected at least 1 input, found none")
        }
        let rank = try inputs.map { try context.rank($0.operand) }.max() ?? 0
        let operands = try inputs.map { input in
            let missing = rank - (try context.rank(input.operand))
            guard missing > 0 else { return input.operand }
            return try context.append(
                Unsqueeze(axes: Array(1...missing)), input.operand, as: "expanded")
        }
        let result = try merge(operands, context)
        return [KerasValue(result, mask: try context.mergedMask(inputs.map(\.mask)))]
    }

    func write(_ config: inout ConfigWriter) {}
}

extension LayerContext {
    /// Applies an operator of two inputs to the first two, to the result and the third, and so on.
    func chain(_ operator: any Operator, _ inputs: [Operand]) throws -> Operand {
        var result = inputs[0]
        for (index, input) in inputs.enumerated().dropFirst() {
            let isLast = index == inputs.count - 1
            result = try append(`operator`, result, input, as: isLast ? nil : "partial")
        }
        return result
    }

    /// The mask of a combination of tensors: before Keras 3.4 the steps that count in all that have
    /// a mask, from then on those that count in any, and none unless all have one.
    func mergedMask(_ masks: [Operand?]) throws -> Operand? {
        let given = masks.compactMap { $0 }
        let isAny = semantics.isKeras3(since: 4)
        guard var mask = given.first, !isAny || given.count == masks.count else { return nil }
        for other in given.dropFirst() where other != mask {
            mask = try append(isAny ? Or() : And(), mask, other, as: "mask")
        }
        return mask
    }
}
