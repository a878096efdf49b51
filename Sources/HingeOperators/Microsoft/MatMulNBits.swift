import HingeGraph

/// The product of a matrix and one of few-bit integers, whose columns are quantized by blocks.
///
/// Inputs: `a`, `[…, K]`; the columns, `uint8[N, G, B · bits / 8]`, of which each byte holds its first integer in its lowest bits;
/// their scales, `[N, G]` or flat; optional: their zero points, in the type of the scales, `[N, G]`, or packed as the columns
/// are, `uint8[N, …]`, else half of all there are; the block of each row, `int32[K]`, else K / B, rounded down; a bias, `[N]`. The
/// result: `[…, N]`. K and N are rows and columns, B the size of a block, G the number of blocks.
///
/// Source: ONNX Runtime's MatMulNBits 1 of the domain com.microsoft.
public struct MatMulNBits: MicrosoftOperator {
    /// The number of rows.
    public var rows: Int
    /// The number of columns.
    public var columns: Int
    /// The number of bits of an integer: 2, 4 or 8.
    public var bits: Int
    /// The number of rows of a block.
    public var blockSize: Int
    /// How exactly an implementation computes; Hinge computes exactly.
    public var accuracyLevel: Int

    /// Creates the operator.
    public init(
        rows: Int, columns: Int, bits: Int = 4, blockSize: Int, accuracyLevel: Int = 0
    ) {
        self.rows = rows
        self.columns = columns
        self.bits = bits
        self.blockSize = blockSize
        self.accuracyLevel = accuracyLevel
    }
}

public extension MatMulNBits {
    static let type = "MatMulNBits"

    init(_ node: NodeReader) throws {
        rows = try node.required("K", node.int("K"))
        columns = try node.required("N", node.int("N"))
        bits = try node.int("bits", default: 4)
        blockSize = try node.required("block_size", node.int("block_size"))
        accuracyLevel = try node.int("accuracy_level", default: 0)
        for (name, value) in [("K", rows), ("N", columns)] where value < 1 || value > 1 << 32 {
            throw node.error(name, "expected 1 or more, found \(value)")
        }
        guard [2, 4, 8].contains(bits) else {
            throw HingeError(
                .unsupported, "integers of \(bits) bits are not supported", at: [.attribute("bits")]
            )
        }
        guard !node.hasInput(3) || !node.hasInput(4) else {
            // ONNX Runtime's own kernel takes no account of them there.
            throw HingeError(
                .unsupported, "zero points beside the block of each row are not supported")
        }
        guard blockSize >= 16, blockSize <= 1 << 20, blockSize & (blockSize - 1) == 0 else {
            throw node.error(
                "block_size", "expected a power of 2 from 16 on, found \(blockSize)")
        }
    }

    var attributes: [Attribute] {
        [
            .int("K", rows), .int("N", columns), .int("bits", bits),
            .int("block_size", blockSize),
        ] + (accuracyLevel == 0 ? [] : [.int("accuracy_level", accuracyLevel)])
    }

    func compose(_ steps: inout Composition) throws {
        let a = try steps.input(0)
        let type = try steps.dataType(a)
        let weights = try weights(&steps)
        let product = try steps.append(MatMul(), steps.wide(a), weights)
        let bias = try steps.optionalInput(5).map { try steps.wide($0) }
        steps.give(try steps.cast(steps.sum(product, bias), to: type))
    }

    /// The number of blocks of a column.
    private var blocks: Int { (rows + blockSize - 1) / blockSize }

    /// The matrix, `[K, N]`, in `float32` or wider.
    private func weights(_ steps: inout Composition) throws -> Composition.Operand {
        let table = Reshape(shape: [columns, blocks])
        let scales = try steps.append(table, steps.wide(steps.input(2)))
        let type = try steps.dataType(scales)
        let bytes = try steps.append(
            Reshape(shape: [columns, blocks * blockSize * bits / 8]), steps.input(1))
        let integers = try unpacked(bytes, count: rows, &steps)
        let numbers = try steps.append(Cast(to: type), integers)
        let zeros = try zeroPoints(type, &steps)
        let centred = try steps.append(Sub(), numbers, perRow(zeros, &steps))
        let scaled = try steps.append(Mul(), centred, perRow(scales, &steps))
        return try steps.append(Transpose([1, 0]), scaled)
    }

    /// The zero points, `[N, G]`, or one for all.
    private func zeroPoints(
        _ type: DataType, _ steps: inout Composition
    ) throws -> Composition.Operand {
        guard let zeros = steps.optionalInput(3) else {
            return steps.constant(try Tensor(filledWith: Double(1 << (bits - 1)), type, shape: []))
        }
        guard try steps.dataType(zeros) == .uint8 else {
            let table = try steps.append(Reshape(shape: [columns, blocks]), zeros)
            return try steps.cast(table, to: type)
        }
        let width = (blocks * bits + 7) / 8
        let bytes = try steps.append(Reshape(shape: [columns, width]), zeros)
        return try steps.append(Cast(to: type), unpacked(bytes, count: blocks, &steps))
    }

    /// The first integers of each row of bytes, `uint8[N, count]`.
    private func unpacked(
        _ bytes: Composition.Operand, count: Int, _ steps: inout Composition
    ) throws -> Composition.Operand {
        var integers = bytes
        if bits < 8 {
            // Out of the byte go first the bits above, then those below.
            let last = steps.constant(Tensor([UInt8(8 - bits)]))
            let parts = try stride(from: 0, to: 8, by: bits).map { place in
                let above = steps.constant(Tensor([UInt8(8 - bits - place)]))
                let high = try steps.append(BitShift(direction: .left), bytes, above)
                let part = try steps.append(BitShift(direction: .right), high, last)
                return try steps.append(Unsqueeze(axes: [2]), part)
            }
            let columns = try steps.append(Concat(axis: 2), parts, outputCount: 1)[0]
            integers = try steps.append(Reshape(shape: [self.columns, -1]), columns)
        }
        return try steps.append(SliceOf(starts: [0], ends: [count], axes: [1]), integers)
    }

    /// What belongs to each row out of what belongs to each block, `[N, K]`; a scalar as it is.
    private func perRow(
        _ table: Composition.Operand, _ steps: inout Composition
    ) throws -> Composition.Operand {
        guard try steps.knownShape(table).rank == 2 else { return table }
        if let groups = steps.optionalInput(4) {
            return try steps.append(Gather(axis: 1), table, groups)
        }
        let column = try steps.append(Unsqueeze(axes: [2]), table)
        let repeated = try steps.append(
            Expand(shape: [columns, blocks, blockSize]), column)
        let flat = try steps.append(
            Reshape(shape: [columns, blocks * blockSize]), repeated)
        return try steps.append(SliceOf(starts: [0], ends: [rows], axes: [1]), flat)
    }
}
