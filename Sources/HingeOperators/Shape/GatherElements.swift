import HingeGraph

/// Takes single elements of input 0: the output has the shape of input 1, the indices, each of which replaces the
/// coordinate of its own place along `axis`.
///
/// Negative indices count from the end.
///
/// Source: ONNX GatherElements 11, 13; `torch.gather`.
public struct GatherElements: PreparedOperator {
    /// The dimension that the indices refer to.
    public var axis: Int

    /// Creates the operator.
    public init(axis: Int = 0) {
        self.axis = axis
    }
}

public extension GatherElements {
    static let type = "GatherElements"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: 0)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.int("axis", axis)])
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
        return [.tensor(context.dataType(0), context.shape(1))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        needs[1] = .index(into: context.extent(0, axis))
        return needs
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let (x, picks) = (try context.input(0), try context.input(1))
        let axis = try InferenceContext.axis(axis, rank: x.rank)
        let constant = try picks.constant.map { try ElementIndices($0, into: x.shape, axis: axis) }
        return { context in
            let indices =
                try constant ?? ElementIndices(context.input(1), into: x.shape, axis: axis)
            try context.move(
                context.input(0), picks.shape,
                by: BlockGather(offsets: indices.offsets, length: 1))
        }
    }
}

extension GatherElements: DifferentiableOperator {
    /// `g` where its elements came from, added up.
    public func differentiate(_ derivative: inout Derivative) throws {
        let zeros = try derivative.filled(0, like: derivative.input(0))
        let scatter = ScatterElements(axis: axis, reduction: .add)
        derivative.give(
            try derivative.append(
                scatter, zeros, derivative.input(1), derivative.outputGradient()), for: 0)
    }
}
