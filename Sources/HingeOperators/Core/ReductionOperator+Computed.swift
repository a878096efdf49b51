import HingeGraph

/// Reductions over axes that are computed, where a version has them as an attribute.
///
/// Each dimension is reduced by itself, and the result taken where the dimension is among the axes; in the end, what is left
/// of such a dimension is its first element, since all are equal.
extension ReductionOperator {
    /// The version from which the operator can be written so, with what is known of its input.
    func leastVersionOfComputedAxes(_ speller: Speller) -> Int {
        guard let extents = speller.shape(0)?.extents, !extents.isEmpty else {
            return Self.axesInputVersion
        }
        return 11
    }

    /// Whether the operator is written so.
    func takesComputedAxes(_ speller: Speller) -> Bool {
        speller.hasInput(1) && speller.constantInput(1) == nil
            && speller.opset >= leastVersionOfComputedAxes(speller)
    }

    /// Writes the operator.
    func spellComputedAxes(_ speller: inout Speller) throws {
        let shape = speller.shape(0) ?? []
        let type = Inferred.tensor(try speller.elementType(0), shape)
        let mask = try mask(rank: shape.rank, &speller)
        if shape.extents?.contains(0) == true { return try spellOfNothing(mask, &speller) }
        var value = try spellBefore(speller.inputs[0], &speller)
        for dimension in shape.dimensions.indices {
            let reduced = try speller.append(
                reduction(along: dimension), [value, ""], known: [type])
            let place = speller.constant(Tensor([Int64(dimension)]))
            let isReduced = speller.step("Gather", [mask, place])
            value = speller.step("Where", [isReduced, reduced, value])
        }
        value = try spellAfter(value, &speller)
        let zeros = speller.constant(Tensor([Int64](repeating: 0, count: shape.rank)))
        let one = speller.constant(Tensor([1 as Int64]))
        let whole = speller.constant(Tensor([Int64.max]))
        let ends = speller.step("Where", [mask, one, whole])
        if keepsDimensions {
            return speller.emit(
                "Slice", inputs: [value, zeros, ends], outputs: speller.outputs)
        }
        value = speller.step("Slice", [value, zeros, ends])
        let extents = speller.step("Shape", [value])
        let isKept = speller.step("Not", [mask])
        let kept = speller.step("Compress", [extents, isKept], [.int("axis", 0)])
        speller.emit("Reshape", inputs: [value, kept], outputs: speller.outputs)
    }

    /// Writes the operator for a tensor without elements: all that is left, if anything, is what no elements are reduced to.
    private func spellOfNothing(_ mask: String, _ speller: inout Speller) throws {
        var context = EvaluationContext(inputs: [
            .tensor(try Tensor(zeros: speller.elementType(0), shape: [0]))
        ])
        try Self(axes: nil, keepsDimensions: false, isIdentityWithoutAxes: false)
            .evaluate(&context)
        guard let value = context.outputs[0]?.tensor else {
            throw HingeError(.internalError, "a reduction gave nothing")
        }
        var extents = speller.step("Shape", [speller.inputs[0]])
        if keepsDimensions {
            let one = speller.constant(Tensor([1 as Int64]))
            extents = speller.step("Where", [mask, one, extents])
        } else {
            let isKept = speller.step("Not", [mask])
            extents = speller.step("Compress", [extents, isKept], [.int("axis", 0)])
        }
        try speller.append(
            Expand(), [speller.constant(value), extents], outputs: speller.outputs)
    }

    /// Whether each dimension is reduced, `bool[rank]`.
    private func mask(rank: Int, _ speller: inout Speller) throws -> String {
        let axes = speller.inputs[1]
        let zero = speller.constant(Tensor(scalar: 0 as Int64))
        let count = speller.constant(Tensor(scalar: Int64(rank)))
        let isNegative = speller.step("Less", [axes, zero])
        let fromEnd = speller.step("Add", [axes, count])
        let places = speller.step("Where", [isNegative, fromEnd, axes])
        let rows = try speller.append(Unsqueeze(axes: [1]), [places])
        let dimensions = speller.constant(Tensor((0..<rank).map { Int64($0) }))
        let hits = speller.cast(speller.step("Equal", [rows, dimensions]), to: .int64)
        let sum = try speller.append(
            ReduceSum(axes: [0], keepsDimensions: false), [hits, ""],
            known: [.tensor(.int64, [.unknown, .known(rank)])])
        let mask = speller.cast(sum, to: .bool)
        if isIdentityWithoutAxes { return mask }
        let isEmpty = speller.step("Equal", [speller.step("Size", [axes]), zero])
        return speller.step("Or", [mask, isEmpty])
    }
}
