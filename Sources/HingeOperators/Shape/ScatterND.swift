import HingeGraph

/// Writes blocks over a copy of input 0, `[d₁, …, dₖ, rest…]`: block `i` of input 2, `[n…, rest…]`, goes where the index
/// vector `i` of input 1, `int64[n…, k]`, says.
///
/// Source: ONNX ScatterND 11, 13, 16, 18; `add` and `mul` since 16, `min` and `max` since 18.
public struct ScatterND: Operator {
    /// How an element is combined with what is there.
    public var reduction: ScatterReduction

    /// Creates the operator.
    public init(reduction: ScatterReduction = .none) {
        self.reduction = reduction
    }
}

public extension ScatterND {
    static let type = "ScatterND"

    init(_ node: NodeReader) throws {
        reduction = try node.word("reduction", default: .none)
    }

    func spell(_ speller: inout Speller) throws {
        guard reduction != .none else { return speller.emit(Self.type) }
        if speller.opset < reduction.sinceVersion {
            throw speller.needs(
                reduction.sinceVersion, "ScatterND with the reduction '\(reduction.rawValue)'")
        }
        speller.emit(Self.type, [.string("reduction", reduction.rawValue)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let rank = context.shape(0)?.rank, let indices = context.shape(1),
            let depth = indices.dimensions.last?.extent
        {
            try context.require(
                depth <= rank, "indices of shape \(indices) don't refer into \(rank) dimensions")
        }
        return context.same()
    }

    var inPlaceInputs: [Int] { [0] }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, 2, of: outputs)
        needs[1] = context.indexVectors(1, into: 0)
        return needs
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let data = try context.input(0)
        let indices = try context.input(1)
        let updates = try context.input(2)
        let vectors = try IndexVectors(indices, into: data.shape)
        guard updates.count == vectors.offsets.count * vectors.length else {
            throw HingeError(
                .mismatch,
                "expected \(vectors.offsets.count) updates of \(vectors.length) elements, found \(updates.shape)"
            )
        }
        try context.scatter(
            data, updates, offsets: vectors.offsets, length: vectors.length, reduction)
    }
}

extension ScatterND: DifferentiableOperator {
    /// Where nothing is joined, `g` but for what was written over, and `g` where that was written.
    ///
    /// The places must differ then, as the standard has it. Of a sum, `g` and `g` there. Of products, for input 0 only, `g` times the factors. Of the largest or
    /// smallest, `g` for those that are the result; several that are equal share it evenly.
    public func differentiate(_ derivative: inout Derivative) throws {
        try derivative.differentiateScatter(
            reduction, ScatterND(), ScatterND(reduction: .mul), ScatterND(reduction: .add),
            GatherND())
    }
}
