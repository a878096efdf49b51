import HingeGraph

/// `RotaryEmbedding` whose positions come before its tables, and may be one for the first token.
///
/// Inputs: `[N, L, H·D]` or `[N, H, L, D]`; positions, `int64[N, L]`, or that of the first token, `int64[1]`; cosines and
/// sines, `[P, R / 2]`. N is the batch, L the length, H the heads, D the size of a head, P the number of positions, R the
/// number of elements of a head that are turned.
///
/// Source: ONNX Runtime's RotaryEmbedding 1 of the domain com.microsoft.
public struct MicrosoftRotaryEmbedding: MicrosoftOperator {
    /// What it is in the standard; without a number of heads, that follows from the tables.
    public var base: RotaryEmbedding

    /// Creates the operator.
    public init(_ base: RotaryEmbedding) {
        self.base = base
    }
}

public extension MicrosoftRotaryEmbedding {
    static let type = "RotaryEmbedding"

    init(_ node: NodeReader) throws {
        base = try RotaryEmbedding(node)
        guard try node.float("scale", default: 1) == 1,
            try node.int("is_packed_batching", default: 0) == 0
        else {
            throw HingeError(.unsupported, "a scale and packed batches are not supported")
        }
    }

    var attributes: [Attribute] {
        [
            .int("interleaved", base.isInterleaved ? 1 : 0), .int("num_heads", base.headCount),
            .int("rotary_embedding_dim", base.rotatedCount),
        ]
    }

    func compose(_ steps: inout Composition) throws {
        let (x, cosines) = (try steps.input(0), try steps.input(2))
        let shape = try steps.knownShape(x)
        var operation = base
        if shape.rank == 3, operation.headCount == 0 {
            guard let columns = shape[2].extent,
                let half = try steps.knownShape(cosines, rank: 2)[1].extent
            else { throw steps.unknown("the size of a head") }
            guard half > 0, columns % (2 * half) == 0 else {
                throw HingeError(
                    .mismatch,
                    "\(columns) columns cannot be divided into heads of \(2 * half) elements")
            }
            operation.headCount = columns / (2 * half)
        }
        var positions = try steps.input(1)
        if try steps.knownShape(positions).rank == 1 {
            guard shape.rank == 3 || shape.rank == 4 else {
                throw HingeError(
                    .mismatch, "expected an input of three or four dimensions, found \(shape)")
            }
            let length = try steps.extent(x, shape.rank == 4 ? 2 : 1)
            let places = try steps.append(Add(), positions, steps.counting(length))
            let batch = try steps.append(Reshape(shape: [1]), steps.extent(x, 0))
            let column = try steps.append(Reshape(shape: [1]), length)
            let target = try steps.append(Concat(axis: 0), batch, column)
            positions = try steps.append(Expand(), places, target)
        }
        steps.give(
            try steps.append(operation, x, cosines, steps.input(3), positions))
    }
}
