import HingeGraph

/// Takes the blocks of input 0, `[B…, d₁, …, dₖ, rest…]`, that input 1, `int64[B…, n…, k]`, names by their first `k`
/// coordinates after the batch dimensions: `[B…, n…, rest…]`.
///
/// Negative indices count from the end.
///
/// Source: ONNX GatherND 11, 12, 13; batch dimensions since 12.
public struct GatherND: PreparedOperator {
    /// The number of leading dimensions that both inputs have in common.
    public var batchDimensions: Int

    /// Creates the operator.
    public init(batchDimensions: Int = 0) {
        self.batchDimensions = batchDimensions
    }
}

public extension GatherND {
    static let type = "GatherND"

    init(_ node: NodeReader) throws {
        batchDimensions = try node.int("batch_dims", default: 0)
        if batchDimensions < 0 {
            throw node.error("batch_dims", "expected at least 0, found \(batchDimensions)")
        }
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type, batchDimensions == 0 ? [] : [.int("batch_dims", batchDimensions)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let shape = context.shape(0), let indices = context.shape(1),
            let depth = indices.dimensions.last?.extent
        else { return [.tensor(type, nil)] }
        try context.require(
            depth >= 0 && batchDimensions < indices.rank && batchDimensions + depth <= shape.rank,
            "indices of shape \(indices) don't refer into \(shape)")
        return [
            .tensor(
                type,
                Shape(
                    Array(indices.dimensions.dropLast())
                        + shape.dimensions[(batchDimensions + depth)...]))
        ]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        needs[1] = context.indexVectors(1, into: 0, from: batchDimensions)
        return needs
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        @Sendable func vectors(_ indices: Tensor) throws -> IndexVectors {
            try IndexVectors(indices, into: x.shape, batchDimensions: batchDimensions)
        }
        let constant = try context.input(1).constant.map(vectors)
        return { context in
            let indices = try context.input(1)
            let vectors = try constant ?? vectors(indices)
            let depth = indices.shape[indices.rank - 1]
            let shape = Array(indices.shape.dropLast()) + x.shape[(batchDimensions + depth)...]
            try context.move(
                context.input(0), shape,
                by: BlockGather(offsets: vectors.offsets, length: vectors.length))
        }
    }
}

extension GatherND: MovingDerivative {}
