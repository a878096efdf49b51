import HingeGraph

/// Moves space into channels: `[N, C, H·b, W·b]` becomes `[N, C·b², H, W]`.
///
/// N is the batch, C the channels, H and W height and width, b the block size.
///
/// Source: ONNX SpaceToDepth 1, 13, 28; the order since 28.
public struct SpaceToDepth: PreparedOperator {
    /// The height and width of a block.
    public var blockSize: Int
    /// How the channels of a block are ordered.
    public var order: BlockOrder

    /// Creates the operator.
    public init(blockSize: Int, order: BlockOrder = .depthFirst) {
        self.blockSize = blockSize
        self.order = order
    }
}

public extension SpaceToDepth {
    static let type = "SpaceToDepth"

    init(_ node: NodeReader) throws {
        blockSize = try node.blockSize()
        order = try node.word("mode", default: .depthFirst)
    }

    func spell(_ speller: inout Speller) throws {
        if order == .depthLast, speller.opset < 28 {
            return try spellDepthLast(&speller)
        }
        speller.emit(
            Self.type,
            [.int("blocksize", blockSize)]
                + (order == .depthFirst ? [] : [.string("mode", order.rawValue)]))
    }

    /// Before version 28: the parts of the dimensions, put in order.
    private func spellDepthLast(_ speller: inout Speller) throws {
        guard let shape = speller.shape(0), shape.rank == 4, let height = shape[2].extent,
            let width = shape[3].extent, speller.opset >= 5
        else { throw speller.needs(28, "SpaceToDepth in the order CRD of an unknown shape") }
        let (rows, columns) = (height / blockSize, width / blockSize)
        let parts = try speller.append(
            Reshape(shape: [0, 0, rows, blockSize, columns, blockSize]), [speller.inputs[0]])
        let ordered = try speller.append(Transpose([0, 1, 3, 5, 2, 4]), [parts])
        try speller.append(
            Reshape(shape: [0, -1, rows, columns]), [ordered], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let shape = context.shape(0) else { return [.tensor(type, .unknown(rank: 4))] }
        try context.require(shape.rank == 4, "expected 4 dimensions, found \(shape)")
        for extent in [shape[2], shape[3]].compactMap(\.extent) {
            try context.require(
                extent % blockSize == 0,
                "expected a height and width that are multiples of \(blockSize), found \(shape)")
        }
        return [
            .tensor(
                type,
                [
                    shape[0], .product([shape[1], .known(blockSize * blockSize)]),
                    shape[2].quotient(by: blockSize),
                    shape[3].quotient(by: blockSize),
                ])
        ]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        moving(0, of: outputs)
    }

    var isSpatial: Bool { true }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        guard x.rank == 4, x.shape[2] % blockSize == 0, x.shape[3] % blockSize == 0 else {
            throw HingeError(
                .mismatch,
                "expected 4 dimensions, the last two multiples of \(blockSize), found \(x.shape)")
        }
        let (batch, channels) = (x.shape[0], x.shape[1])
        let (height, width) = (x.shape[2] / blockSize, x.shape[3] / blockSize)
        let shape = [batch, channels * blockSize * blockSize, height, width]
        try MemoryLimit.check(x.dataType, shape)
        let split = [batch, channels, height, blockSize, width, blockSize]
        let strides = StridedCopy.strides(of: split)
        let axes = order == .depthFirst ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]
        let copy = StridedCopy(axes.map { split[$0] }, from: axes.map { strides[$0] })
        return SingleCopy(copy: copy).kernel(shape)
    }
}

extension SpaceToDepth: DifferentiableOperator {
    /// `g`, with blocks back in space.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        derivative.give(try derivative.append(DepthToSpace(blockSize: blockSize), g), for: 0)
    }
}
