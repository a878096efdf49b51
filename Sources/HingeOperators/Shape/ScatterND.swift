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
            return try spellAsScan(&speller)
        }
        speller.emit(Self.type, [.string("reduction", reduction.rawValue)])
    }

    /// Before the version that has the reduction, a scan combines one block after the other with what is there.
    private func spellAsScan(_ speller: inout Speller) throws {
        guard speller.opset >= 11 else {
            throw speller.needs(
                11, "ScatterND with the reduction '\(reduction.rawValue)'")
        }
        let type = try speller.elementType(0)
        guard let rank = speller.shape(0)?.rank, let indices = speller.shape(1),
            let depth = indices.dimensions.last?.extent, (1...max(rank, 1)).contains(depth)
        else {
            throw speller.needs(
                reduction.sinceVersion,
                "ScatterND with the reduction '\(reduction.rawValue)' by indices of unknown length"
            )
        }
        let rows = try speller.append(
            Reshape(), [speller.inputs[1], speller.vector([-1, depth])])
        let count = speller.elements(0, 1, of: speller.step("Shape", [rows]))
        let rest = speller.elements(depth, of: speller.step("Shape", [speller.inputs[0]]))
        let blocks = try speller.append(
            Reshape(), [speller.inputs[2], speller.joined([count, rest])])
        let shapes: [(DataType, Shape)] = [
            (type, .unknown(rank: rank)), (.int64, [.known(depth)]),
            (type, .unknown(rank: rank - depth)),
        ]
        let combination = reduction.combination
        let body = try speller.body(shapes) { graph, inputs in
            let place = try graph.append(Unsqueeze(axes: [0]), inputs[1])
            let block = try graph.append(Unsqueeze(axes: [0]), inputs[2])
            let present = try graph.append(GatherND(), inputs[0], place)
            let combined = try graph.append(combination, present, block)
            return [try graph.append(ScatterND(), inputs[0], place, combined)]
        }
        try speller.emitScan(
            of: body, axis: 0, states: [speller.inputs[0]], inputs: [rows, blocks],
            finals: [speller.outputs[0]], outputs: [])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let rank = context.shape(0)?.rank, let indices = context.shape(1),
            let depth = indices.dimensions.last?.extent
        {
            try context.require(
                depth <= rank, "indices of shape \(indices) don't refer into \(rank) dimensions")
            if let data = context.shape(0), let updates = context.shape(2)?.extents {
                let expected = Shape(
                    indices.dimensions.dropLast() + data.dimensions.dropFirst(depth))
                let fits = expected.extents.map {
                    Extent.product(of: $0) == Extent.product(of: updates)
                }
                try context.require(
                    fits ?? true, "expected updates of shape \(expected), found \(Shape(updates))")
            }
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
