import HingeGraph

/// How the channels of a block are ordered.
public enum BlockOrder: String, Sendable, CaseIterable {
    /// The channels of the image vary fastest: depth, column, row.
    case depthFirst = "DCR"
    /// The places in the block vary fastest: column, row, depth.
    case depthLast = "CRD"
}

/// Moves channels into space: `[N, C·b², H, W]` becomes `[N, C, H·b, W·b]`.
///
/// N is the batch, C the channels, H and W height and width, b the block size.
///
/// Source: ONNX DepthToSpace 1, 11, 13, 28; the order since 11. PyTorch's `pixel_shuffle` has the depth last.
public struct DepthToSpace: PreparedOperator {
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

public extension DepthToSpace {
    static let type = "DepthToSpace"

    init(_ node: NodeReader) throws {
        blockSize = try node.blockSize()
        order = try node.word("mode", default: .depthFirst)
    }

    func spell(_ speller: inout Speller) throws {
        if order == .depthLast, speller.opset < 11 {
            throw speller.needs(11, "DepthToSpace in the order CRD")
        }
        speller.emit(
            Self.type,
            [.int("blocksize", blockSize)]
                + (order == .depthFirst ? [] : [.string("mode", order.rawValue)]))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let shape = context.shape(0) else { return [.tensor(type, .unknown(rank: 4))] }
        try context.require(shape.rank == 4, "expected 4 dimensions, found \(shape)")
        let area = blockSize * blockSize
        if let channels = shape[1].extent {
            try context.require(
                channels % area == 0, "expected a multiple of \(area) channels, found \(channels)")
        }
        return [
            .tensor(
                type,
                [
                    shape[0], shape[1].quotient(by: area),
                    .product([shape[2], .known(blockSize)]),
                    .product([shape[3], .known(blockSize)]),
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
        let area = blockSize * blockSize
        guard x.rank == 4, x.shape[1] % area == 0 else {
            throw HingeError(
                .mismatch,
                "expected 4 dimensions and a multiple of \(area) channels, found \(x.shape)"
            )
        }
        let (batch, channels, height, width) =
            (x.shape[0], x.shape[1] / area, x.shape[2], x.shape[3])
        let shape = [batch, channels, height * blockSize, width * blockSize]
        try MemoryLimit.check(x.dataType, shape)
        let split =
            order == .depthFirst
            ? [batch, blockSize, blockSize, channels, height, width]
            : [batch, channels, blockSize, blockSize, height, width]
        let strides = StridedCopy.strides(of: split)
        let axes = order == .depthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]
        let copy = StridedCopy(axes.map { split[$0] }, from: axes.map { strides[$0] })
        return SingleCopy(copy: copy).kernel(shape)
    }
}

extension NodeReader {
    /// The attribute `blocksize`.
    func blockSize() throws -> Int {
        let size = try required("blocksize", int("blocksize"))
        guard (1...1 << 20).contains(size) else {
            throw error("blocksize", "expected at least 1, found \(size)")
        }
        return size
    }
}

extension DepthToSpace: DifferentiableOperator {
    /// `g`, with blocks back in depth.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        var blocks = try derivative.append(SpaceToDepth(blockSize: blockSize), g)
        if order == .depthLast {
            let places = blockSize * blockSize
            let channels = try derivative.composition.knownShape(g, rank: 4)[1].extent
            guard let channels else {
                throw derivative.unsupported("DepthToSpace of channels that aren't known")
            }
            blocks = try derivative.reshape(blocks, to: [0, places, channels, -1])
            blocks = try derivative.append(Transpose([0, 2, 1, 3]), blocks)
        }
        derivative.give(try derivative.reshape(blocks, like: derivative.input(0)), for: 0)
    }
}
