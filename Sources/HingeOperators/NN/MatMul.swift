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

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        context.matrixProducts(outputs)
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let (a, b) = (try context.input(0), try context.input(1))
        try Tensor.requireSameType(a, b)
        let shape = try MatMulShape(a.shape, b.shape)
        let y = try context.output(0, a.dataType, shape.result)
        switch a.dataType {
        case .float32, .float16, .bfloat16: try multiplyReals(a, b, shape, y, Float.self)
        case .float64: try multiplyReals(a, b, shape, y, Double.self)
        case .int32: try multiply(a, b, shape, y.elements(of: Int32.self))
        case .int64: try multiply(a, b, shape, y.elements(of: Int64.self))
        case .uint32: try multiply(a, b, shape, y.elements(of: UInt32.self))
        case .uint64: try multiply(a, b, shape, y.elements(of: UInt64.self))
        default: throw a.notSupported()
        }
    }

    private func multiplyReals<T: RealMatrixElement>(
        _ a: Tensor, _ b: Tensor, _ shape: MatMulShape, _ y: OutputTensor, _ type: T.Type
    ) throws {
        let (a, b) = (try a.reals(T.self), try b.reals(T.self))
        try y.withReals(T.self) { try multiply(a, b, shape, $0) }
    }

    private func multiply<T: MatrixElement>(
        _ a: Tensor, _ b: Tensor, _ shape: MatMulShape, _ y: UnsafeMutableBufferPointer<T>
    ) throws {
        try a.withUnsafeElements(of: T.self) { a in
            try b.withUnsafeElements(of: T.self) { b in shape.multiply(a, b, to: y) }
        }
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

extension MatMul: DifferentiableOperator {
    /// `g · bᵀ` and `aᵀ · g`, each summed over what its input is repeated along.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let (a, b) = (try derivative.input(0), try derivative.input(1))
        let ranks = try (
            derivative.composition.knownShape(a).rank, derivative.composition.knownShape(b).rank
        )
        // As matrices: a vector is one row on the left, one column on the right.
        let left = ranks.0 == 1 ? try derivative.append(Unsqueeze(axes: [0]), a) : a
        let right = ranks.1 == 1 ? try derivative.append(Unsqueeze(axes: [1]), b) : b
        var product = g
        if ranks.1 == 1 { product = try derivative.append(Unsqueeze(axes: [-1]), product) }
        if ranks.0 == 1 { product = try derivative.append(Unsqueeze(axes: [-2]), product) }
        if derivative.wants(0) {
            let whole = try derivative.append(MatMul(), product, derivative.transposed(right))
            let sum = try derivative.sum(whole, toShapeOf: left)
            derivative.give(try derivative.reshape(sum, like: a), for: 0)
        }
        if derivative.wants(1) {
            let whole = try derivative.append(MatMul(), derivative.transposed(left), product)
            let sum = try derivative.sum(whole, toShapeOf: right)
            derivative.give(try derivative.reshape(sum, like: b), for: 1)
        }
    }
}
