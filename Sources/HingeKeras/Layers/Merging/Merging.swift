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
    /// Combines the inputs where steps that a mask leaves out are replaced before: from Keras 3.4
    /// on.
    func merge(masked inputs: [KerasValue], _ context: LayerContext) throws -> Operand
}

extension MergingLayer {
    init(_ config: ConfigReader) throws { self.init() }

    var masking: Masking { .own }

    func merge(masked inputs: [KerasValue], _ context: LayerContext) throws -> Operand {
        try merge(inputs.map(\.operand), context)
    }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let inputs = call.inputs
        guard !inputs.isEmpty else {
            throw HingeError(.mismatch, "expected at least 1 input, found none")
        }
        let rank = try inputs.map { try context.rank($0.operand) }.max() ?? 0
        let promoted = try context.promoted(inputs.map(\.operand))
        let operands = try zip(inputs, promoted).map { input, operand in
            let missing = rank - (try context.rank(operand))
            guard missing > 0 else { return KerasValue(operand, mask: input.mask) }
            return KerasValue(
                try context.append(Unsqueeze(axes: Array(1...missing)), operand, as: "expanded"))
        }
        let isMasked = context.semantics.isKeras3(since: 4) && operands.contains { $0.mask != nil }
        let result =
            isMasked
            ? try merge(masked: operands, context) : try merge(operands.map(\.operand), context)
        return [KerasValue(result, mask: try context.mergedMask(inputs.map(\.mask)))]
    }

    func write(_ config: inout ConfigWriter) {}
}

extension LayerContext {
    /// Values in one type.
    func promoted(_ values: [Operand]) throws -> [Operand] {
        let types = try values.map { try dataType($0) }
        guard let first = types.first, types.contains(where: { $0 != first }) else {
            return values
        }
        let type = try types.dropFirst().reduce(first) { try KerasOperations.common($0, $1) }
        return try zip(values, types).map { value, valueType in
            valueType == type ? value : try append(Cast(to: type), value, as: "cast")
        }
    }

    /// A value in a floating-point type: its own, or that in which the layer computes.
    func floating(_ x: Operand) throws -> Operand {
        try dataType(x).isFloatingPoint ? x : append(Cast(to: policy.compute), x, as: "cast")
    }

    /// Applies an operator of two inputs to the first two, to the result and the third, and so on.
    ///
    /// - Parameter role: What the result is within the layer; `nil` for what the layer mainly does.
    func chain(
        _ operator: any Operator, _ inputs: [Operand], as role: String? = nil
    ) throws -> Operand {
        var result = inputs[0]
        for (index, input) in inputs.enumerated().dropFirst() {
            let isLast = index == inputs.count - 1
            result = try append(`operator`, result, input, as: isLast ? role : "partial")
        }
        return result
    }

    /// Applies an operator of two inputs one after the other, where a step that a mask leaves out
    /// is replaced by that of the other; where all are left out, the step of the first stays.
    func chain(_ operator: any Operator, masked inputs: [KerasValue]) throws -> Operand {
        var result = inputs[0].operand
        var counts = try inputs[0].mask.map { try column($0) }
        for (index, input) in inputs.enumerated().dropFirst() {
            var x = input.operand
            let own = try input.mask.map { try column($0) }
            if let own { x = try append(Where(), own, x, result, as: "replaced") }
            if let counts { result = try append(Where(), counts, result, x, as: "replaced") }
            if let first = counts, let second = own {
                counts = first == second ? first : try append(Or(), first, second, as: "counts")
            } else {
                counts = nil
            }
            let isLast = index == inputs.count - 1
            result = try append(`operator`, result, x, as: isLast ? nil : "partial")
        }
        return result
    }

    /// A mask with an axis for the features.
    func column(_ mask: Operand) throws -> Operand {
        try append(Unsqueeze(axes: [rank(mask)]), mask, as: "mask")
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
