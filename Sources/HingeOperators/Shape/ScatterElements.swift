import HingeGraph

/// Writes single elements over a copy of input 0: each element of input 2 goes where its own place is, but
/// for the coordinate along `axis`, which input 1 says.
///
/// Source: ONNX ScatterElements 11, 13, 16, 18, and Scatter 9, its older name; `add` and `mul` since 16, `min` and
/// `max` since 18.
public struct ScatterElements: Operator {
    /// The dimension that the indices refer to.
    public var axis: Int
    /// How an element is combined with what is there.
    public var reduction: ScatterReduction

    /// Creates the operator.
    public init(axis: Int = 0, reduction: ScatterReduction = .none) {
        self.axis = axis
        self.reduction = reduction
    }
}

public extension ScatterElements {
    static let type = "ScatterElements"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: 0)
        reduction = try node.word("reduction", default: .none)
    }

    func spell(_ speller: inout Speller) throws {
        if speller.opset < reduction.sinceVersion, reduction != .none {
            return try spellAsBlocks(&speller)
        }
        let axis: [Attribute] = [.int("axis", try speller.nonNegative([axis], before: 11)[0])]
        if speller.opset < 11 { return speller.emit("Scatter", axis) }
        speller.emit(
            Self.type,
            axis + (reduction == .none ? [] : [.string("reduction", reduction.rawValue)]))
    }

    /// Before the version that has the reduction: each element as a block of its own, whose place has all coordinates.
    private func spellAsBlocks(_ speller: inout Speller) throws {
        let what = "ScatterElements with the reduction '\(reduction.rawValue)'"
        guard speller.opset >= 11 else { throw speller.needs(11, what) }
        guard let rank = speller.shape(0)?.rank, rank > 0 else {
            throw speller.needs(reduction.sinceVersion, "\(what) of an unknown rank")
        }
        let axis = try InferenceContext.axis(axis, rank: rank)
        let shape = speller.step("Shape", [speller.inputs[1]])
        let coordinates = try (0..<rank).map { dimension in
            var places = speller.cast(speller.inputs[1], to: .int64)
            if dimension != axis {
                let extent = speller.element(dimension, of: shape)
                let numbers = speller.step(
                    "Range", [speller.whole(0), extent, speller.whole(1)])
                var form = [Int](repeating: 1, count: rank)
                form[dimension] = -1
                let row = try speller.append(Reshape(shape: form), [numbers])
                places = try speller.append(Expand(), [row, shape])
            }
            return try speller.unsqueezed(places, [rank], type: .int64, rank: rank)
        }
        let indices = speller.step("Concat", coordinates, [.int("axis", rank)])
        let indexShape = Shape(
            [Shape.Dimension](repeating: .unknown, count: rank) + [.known(rank)])
        try speller.append(
            ScatterND(reduction: reduction), [speller.inputs[0], indices, speller.inputs[2]],
            outputs: speller.outputs,
            known: [
                Inferred(type: speller.type(0)), .tensor(.int64, indexShape),
                Inferred(type: speller.type(2)),
            ])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let shape = context.shape(0) {
            let rank = shape.rank
            _ = try context.picks(1, into: shape[InferenceContext.axis(axis, rank: rank)])
            if let indices = context.shape(1) {
                try context.require(
                    indices.rank == rank, "expected indices of \(rank) dimensions, found \(indices)"
                )
            }
        }
        return context.same()
    }

    var inPlaceInputs: [Int] { [0] }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, 2, of: outputs)
        needs[1] = .index(into: context.extent(0, axis))
        return needs
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let data = try context.input(0)
        let picks = try context.input(1)
        let updates = try context.input(2)
        guard updates.shape == picks.shape else {
            throw HingeError(
                .mismatch, "expected updates of shape \(picks.shape), found \(updates.shape)")
        }
        let axis = try InferenceContext.axis(axis, rank: data.rank)
        let indices = try ElementIndices(picks, into: data.shape, axis: axis)
        try context.scatter(data, updates, offsets: indices.offsets, length: 1, reduction)
    }
}

extension ScatterElements: DifferentiableOperator {
    /// Where nothing is joined, `g` but for what was written over, and `g` where that was written.
    ///
    /// The places must differ then, as the standard has it. Of a sum, `g` and `g` there. Of products, for input 0 only, `g` times the factors. Of the largest or
    /// smallest, `g` for those that are the result; several that are equal share it evenly.
    public func differentiate(_ derivative: inout Derivative) throws {
        try derivative.differentiateScatter(
            reduction, ScatterElements(axis: axis), ScatterElements(axis: axis, reduction: .mul),
            ScatterElements(axis: axis, reduction: .add), GatherElements(axis: axis))
    }
}
