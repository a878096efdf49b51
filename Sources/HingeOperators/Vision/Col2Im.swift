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

    func spell(_ speller: inout Speller) { speller.emit(Self.type, window.attributes) }

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

/// The sums of the blocks that cover each element of an image.
private struct BlockFolding: Sendable {
    let runs: WindowRuns
    /// The shape of the result, `[N, C, spatial…]`.
    let shape: [Int]
    let planes: Int
    let imageSize: Int
    let blockCount: Int

    init(_ geometry: SpatialGeometry, _ shape: [Int]) {
        runs = WindowRuns(geometry)
        self.shape = shape
        planes = shape[0] * shape[1]
        imageSize = geometry.input.reduce(1, *)
        blockCount = geometry.output.reduce(1, *)
    }

    /// Calls `body` with an element of a plane's columns, and the element of the image where it goes.
    @inline(__always)
    func forEachElement(_ body: (_ column: Int, _ image: Int) -> Void) {
        for element in runs.elements {
            let row = element.kernel * blockCount
            for run in element.runs {
                for index in 0..<run.count {
                    body(row + run.output + index, run.input + index * runs.step)
                }
            }
        }
    }

    /// The strings that come to lie on each other, joined.
    func join(_ strings: [ByteString]) throws -> Tensor {
        var results = try [[UInt8]](bounded: [], count: planes * imageSize)
        for plane in 0..<planes {
            let start = plane * runs.kernelCount * blockCount
            forEachElement { column, image in
                results[plane * imageSize + image] += strings[start + column].bytes
            }
        }
        return try Tensor(strings: results.map { ByteString(bytes: $0) }, shape: shape)
    }

    /// Makes the kernel for a type of numbers.
    struct Maker: NumberVisitor {
        let folding: BlockFolding
        let dataType: DataType

        func visit<T: NumberElement>(_ type: T.Type) throws -> Kernel { kernel(type, parts: 1) }

        /// - Parameter parts: The numbers that an element has: 2 for complex ones.
        func kernel<T: NumberElement>(_ type: T.Type, parts: Int) -> Kernel {
            { [folding, dataType] context in
                let x = try context.input(0).aligned()
                let y = try context.output(0, dataType, folding.shape)
                guard let source = x.region?.base.assumingMemoryBound(to: T.self),
                    let target = y.bytes.baseAddress?.assumingMemoryBound(to: T.self), y.count > 0
                else { return }
                withExtendedLifetime(x) {
                    folding.add(
                        source, to: target, parts: parts, combinesFlags: dataType == .bool)
                }
            }
        }
    }

    private func add<T: NumberElement>(
        _ source: UnsafePointer<T>, to target: UnsafeMutablePointer<T>, parts: Int,
        combinesFlags: Bool
    ) {
        typealias Sum = T.Computed.Accumulator
        let columnSize = runs.kernelCount * blockCount
        parallelFor(planes, cost: Extent.product(of: [4, columnSize + imageSize, parts])) { range in
            let sums = UnsafeMutablePointer<Sum>.allocate(capacity: imageSize * parts)
            defer { sums.deallocate() }
            for plane in range {
                let (x, y) = (
                    source + plane * columnSize * parts, target + plane * imageSize * parts
                )
                sums.update(repeating: .zero, count: imageSize * parts)
                for part in 0..<parts {
                    forEachElement { column, image in
                        let place = image * parts + part
                        let value = x[column * parts + part].computed.accumulator
                        sums[place] =
                            combinesFlags
                            ? max(sums[place], value) : Sum.sum(sums[place], value)
                    }
                }
                for place in 0..<imageSize * parts {
                    y[place] = T(computed: T.Computed(sums[place]))
                }
            }
        }
    }
}
