import HingeGraph

/// The product of matrices `[…, M, K]` and `[…, K, N]`: `[…, M, N]`, as NumPy's `matmul` has it.
///
/// The dimensions in front broadcast. A vector counts as a matrix of one row on the left, of one column on the
/// right, and the result has no dimension for it. Integers wrap around.
///
/// Source: ONNX MatMul 1, 9, 13.
public struct MatMul: Operator {
    /// Creates the operator.
    public init() {}
}

public extension MatMul {
    static let type = "MatMul"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [
            .tensor(
                context.dataType(0) ?? context.dataType(1),
                try Self.shape(context.shape(0), context.shape(1)))
        ]
    }
}

extension MatMul {
    /// The shape of the product, as far as it can be told.
    ///
    /// - Throws: ``HingeError`` when the shapes surely don't fit.
    static func shape(_ left: Shape?, _ right: Shape?) throws -> Shape? {
        guard let left, let right else { return nil }
        guard let inner = left.dimensions.last, right.rank >= 1 else {
            throw HingeError(.mismatch, "shapes \(left) and \(right) have no matrix product")
        }
        let other = right.rank == 1 ? right[0] : right[right.rank - 2]
        if let a = inner.extent, let b = other.extent, a != b {
            throw HingeError(.mismatch, "shapes \(left) and \(right) have no matrix product")
        }
        let batch = try Shape.broadcast(
            Shape(left.dimensions.dropLast(2)), Shape(right.dimensions.dropLast(2)))
        let rows = left.rank == 1 ? [] : [left[left.rank - 2]]
        let columns = right.rank == 1 ? [] : [right[right.rank - 1]]
        return Shape(batch.dimensions + rows + columns)
    }
}
