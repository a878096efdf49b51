import HingeGraph

/// Puts blocks of an image back at their places and adds up what several blocks cover.
///
/// Inputs: the blocks as columns, `[N, C · K, L]`, the extents of the image, `int64[R]`, and those of a block,
/// `int64[R]`. The result: `[N, C, spatial…]`. N is the batch, C the channels, K the number of elements of a block, L that of
/// blocks, in row-major order of their places, R that of spatial dimensions. Booleans are combined by "or", strings are joined in the
/// order of their places in the block.
///
/// Source: ONNX Col2Im 18; `torch.nn.Fold`.
public struct Col2Im: PreparedOperator {
    /// The distance between neighbouring blocks; empty means 1 everywhere.
    public var strides: [Int]
    /// The distance between neighbouring elements of a block; empty means 1 everywhere.
    public var dilations: [Int]
    /// The elements by which blocks stand out before each dimension, then after each; empty means none.
    public var pads: [Int]

    /// Creates the operator.
    public init(strides: [Int] = [], dilations: [Int] = [], pads: [Int] = []) {
        self.strides = strides
        self.dilations = dilations
        self.pads = pads
    }
}

public extension Col2Im {
    static let type = "Col2Im"

    init(_ node: NodeReader) throws {
        strides = try node.ints("strides") ?? []
        dilations = try node.ints("dilations") ?? []
        pads = try node.ints("pads") ?? []
    }

    func spell(_ speller: inout Speller) throws {
        if speller.opset < 18 { return try spellAsSums(&speller) }
        speller.emit(Self.type, window.attributes)
    }

    private var window: SpatialWindow {
        SpatialWindow(strides: strides, dilations: dilations, padding: .explicit(pads))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let (type, x) = (context.dataType(0), context.shape(0))
        if let x { try context.require(x.rank == 3, "expected 3 dimensions, found \(x)") }
        guard let image = context.elements(1) else {
            let rank = context.length(1) ?? context.length(2)
            return [.tensor(type, rank.map { .unknown(rank: $0 + 2) })]
        }
        var channels = Shape.Dimension.unknown
        if let block = context.integers(2), let rows = x?[1].extent {
            channels = .known(try Self.channels(rows: rows, block))
        }
        return [.tensor(type, Shape([x?[0] ?? .unknown, channels] + image))]
    }

    /// The number of channels of columns that have so many rows.
    private static func channels(rows: Int, _ block: [Int]) throws -> Int {
        let size = Extent.product(of: block)
        guard size > 0, block.allSatisfy({ $0 > 0 }), rows % size == 0 else {
            throw HingeError(
                .mismatch, "\(rows) rows are not made of blocks of \(block) elements")
        }
        return rows / size
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        guard let blocks = context.extent(0, 2), pads.allSatisfy({ $0 == 0 }) else { return needs }
        // All blocks in a row, each of one element.
        let stated = strides.isEmpty ? dilations.count : strides.count
        let rank = stated > 0 ? stated : context.length(1) ?? context.length(2) ?? 2
        guard rank > 0 else { return needs }
        let extent = ((Extent(blocks) - 1) * Extent(strides.last ?? 1) + 1).value
        needs[1] = .exactly([Int](repeating: 1, count: rank - 1) + [max(extent, 1)])
        needs[2] = .exactly([Int](repeating: 1, count: rank))
        return needs
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        return try context.kernel(knowing: 1..<3) { operands in
            let (image, block) = (
                try operands.input(1).integers(), try operands.input(2).integers()
            )
            return try kernel(x, image, block)
        }
    }

    private func kernel(_ x: KnownTensor, _ image: [Int], _ block: [Int]) throws -> Kernel {
        guard x.rank == 3, !image.isEmpty, image.count == block.count else {
            throw HingeError(
                .mismatch,
                "expected columns and as many extents of the image as of a block, found \(x.shape), \(image) and \(block)"
            )
        }
        let shape = [x.shape[0], try Self.channels(rows: x.shape[1], block)] + image
        try MemoryLimit.check(x.dataType, shape)
        let geometry = try window.geometry(input: image, kernel: block)
        guard Extent.product(of: geometry.output) == x.shape[2] else {
            throw HingeError(
                .mismatch,
                "expected \(geometry.output) blocks for an image of \(image), found \(x.shape[2])")
        }
        let dataType = x.dataType
        guard !x.shape.contains(0), !shape.contains(0) else {
            return { $0.set(0, try Tensor(zeros: dataType, shape: shape)) }
        }
        try MemoryLimit.checkArray(of: Double.self, count: Extent.product(of: image + [2]))
        let folding = BlockFolding(geometry, shape)
        var maker = BlockFolding.Maker(folding: folding, dataType: x.dataType)
        switch x.dataType {
        case .string:
            return { try $0.set(0, folding.join($0.input(0).strings ?? [])) }
        case .complex64: return maker.kernel(Float.self, parts: 2)
        case .complex128: return maker.kernel(Double.self, parts: 2)
        default:
            guard let kernel = try x.dataType.visit(&maker) else { throw x.notSupported() }
            return kernel
        }
    }
}

extension Col2Im: SteppedOperator {
    /// A transposed convolution with kernels of a single 1.
    public func appendSteps(_ steps: inout Composition) throws {
        let x = try steps.input(0)
        let constants = try [1, 2].map { index in
            guard let tensor = steps.fact(try steps.input(index)).constant else {
                throw steps.unknown("the extents of the image and of a block")
            }
            return try tensor.integers()
        }
        let (image, block) = (constants[0], constants[1])
        let size = try Tensor.count(of: block)
        guard let rows = try steps.knownShape(x, rank: 3)[1].extent, size > 0, rows % size == 0
        else {
            throw steps.unknown("the number of rows")
        }
        let channels = rows / size
        let rank = image.count
        var form = window
        form.kernel = block
        let geometry = try form.geometry(input: image, kernel: nil)
        let places = try steps.append(
            Reshape(), x, steps.integers([0, rows] + geometry.output))
        let unit = try Tensor.identity(size)
        let rowsOfOnes = [Tensor](repeating: unit, count: channels)
        let type = try steps.dataType(x)
        let kernels = try steps.append(
            Concat(axis: 0),
            rowsOfOnes.map { steps.constant(try $0.converted(to: type)) }, outputCount: 1)[0]
        let weights = try steps.append(Reshape(), kernels, steps.integers([rows, 1] + block))
        let whole = try steps.append(
            ConvTranspose(
                window: SpatialWindow(strides: geometry.strides, dilations: geometry.dilations),
                group: channels), places, weights)
        let extents = zip(0..<rank, image).map { axis, extent in
            let reach = (block[axis] - 1) * geometry.dilations[axis] + 1
            let full = (geometry.output[axis] - 1) * geometry.strides[axis] + reach
            return (geometry.padsBegin[axis], extent + geometry.padsBegin[axis] - full)
        }
        steps.give(
            try steps.padSpatial(
                whole, begin: extents.map { -$0.0 }, end: extents.map(\.1)))
    }
}
