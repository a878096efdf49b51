import HingeGraph

/// `alpha · A′ · B′ + beta · C`, where A′ is `A` or its transpose, and B′ likewise.
///
/// A′: `[M, K]`; B′: `[K, N]`; `C`, optional: any shape that broadcasts to `[M, N]`; the result: `[M, N]`.
/// Before version 7 an attribute asked for the broadcasting, and before 11 `C` had to be there.
///
/// Source: ONNX Gemm 1, 6, 7, 9, 11, 13.
public struct Gemm: Operator {
    /// The factor of the product.
    public var alpha: Float
    /// The factor of the addend.
    public var beta: Float
    /// Whether `A` is `[K, M]`.
    public var transposesA: Bool
    /// Whether `B` is `[N, K]`.
    public var transposesB: Bool

    /// Creates the operator.
    public init(
        alpha: Float = 1, beta: Float = 1, transposesA: Bool = false, transposesB: Bool = false
    ) {
        self.alpha = alpha
        self.beta = beta
        self.transposesA = transposesA
        self.transposesB = transposesB
    }
}

public extension Gemm {
    static let type = "Gemm"

    init(_ node: NodeReader) throws {
        alpha = try node.float("alpha", default: 1)
        beta = try node.float("beta", default: 1)
        transposesA = try node.flag("transA", default: false)
        transposesB = try node.flag("transB", default: false)
    }

    func spell(_ speller: inout Speller) throws {
        var attributes: [Attribute] = []
        if alpha != 1 { attributes.append(.float("alpha", alpha)) }
        if beta != 1 { attributes.append(.float("beta", beta)) }
        if transposesA { attributes.append(.int("transA", 1)) }
        if transposesB { attributes.append(.int("transB", 1)) }
        guard speller.opset < 11 else { return speller.emit(Self.type, attributes) }
        var inputs = Array(speller.inputs.prefix(3))
        if !speller.hasInput(2) {
            let zero = speller.constant(
                try Tensor(filledWith: 0, speller.elementType(0), shape: [1]))
            inputs = Array(inputs.prefix(2)) + [zero]
        }
        if speller.opset < 7 {
            if let addend = speller.shape(2)?.extents, addend.count == 2, addend[1] == 1,
                addend[0] != 1
            {
                throw speller.needs(7, "Gemm with an addend of shape \(addend)")
            }
            attributes.append(.int("broadcast", 1))
        }
        speller.emit(Self.type, attributes, inputs: inputs, outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let a = try matrix(context.shape(0), isTransposed: transposesA)
        let b = try matrix(context.shape(1), isTransposed: transposesB)
        if let inner = a?.columns.extent, let other = b?.rows.extent {
            try context.require(
                inner == other,
                "\(context.shape(0)?.description ?? "") and \(context.shape(1)?.description ?? "") "
                    + "have no matrix product")
        }
        let shape = Shape([a?.rows ?? .unknown, b?.columns ?? .unknown])
        if let addend = context.shape(2) {
            let sum = try Shape.broadcast(shape, addend)
            try context.require(
                sum.agrees(with: shape), "\(addend) does not broadcast to \(shape)")
        }
        return [.tensor(context.dataType(0) ?? context.dataType(1), shape)]
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        guard let a = context.countedExtents(0), a.count == 2, let size = outputs.countedSize
        else { return 0 }
        return Extent.product(of: [size, transposesA ? a[0] : a[1]])
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let a = try context.input(0)
        switch a.dataType {
        case .float32, .float16, .bfloat16: try evaluate(&context, Float.self)
        case .float64: try evaluate(&context, Double.self)
        case .int32: try evaluate(&context, Int32.self)
        case .int64: try evaluate(&context, Int64.self)
        case .uint32: try evaluate(&context, UInt32.self)
        case .uint64: try evaluate(&context, UInt64.self)
        default: throw a.notSupported()
        }
    }

    private func matrix(
        _ shape: Shape?, isTransposed: Bool
    ) throws -> (rows: Shape.Dimension, columns: Shape.Dimension)? {
        guard let shape else { return nil }
        guard shape.rank == 2 else {
            throw HingeError(.mismatch, "expected a matrix, found \(shape)")
        }
        return isTransposed ? (shape[1], shape[0]) : (shape[0], shape[1])
    }
}

extension Gemm {
    private func evaluate<T: ScaledElement>(
        _ context: inout EvaluationContext, _ type: T.Type
    ) throws {
        let (a, b) = (try context.input(0), try context.input(1))
        let c = try context.optionalInput(2)
        try Tensor.requireSameType(a, b)
        if let c { try Tensor.requireSameType(a, c) }
        guard a.rank == 2, b.rank == 2 else {
            throw HingeError(.mismatch, "expected matrices, found \(a.shape) and \(b.shape)")
        }
        let (rows, depth) = transposesA ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
        let (depthOfB, columns) = transposesB ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
        guard depth == depthOfB else {
            throw HingeError(
                .mismatch, "expected factors that fit, found \(a.shape) and \(b.shape)")
        }
        let shape = [rows, columns]
        if let c, try Broadcast.shape(shape, c.shape) != shape {
            throw HingeError(.mismatch, "\(c.shape) does not broadcast to \(shape)")
        }
        let y = try context.output(0, a.dataType, shape)
        let (left, right) = (try T.tensor(a), try T.tensor(b))
        let addend = try c.map { try T.tensor($0) }
        var sums = try [T.Sum](bounded: 0, count: y.count)
        try multiply(
            left, right, rows: rows, columns: columns, depth: depth, to: &sums, T.self)
        if let addend {
            try add(addend, to: &sums, shape, T.self)
        } else if alpha != 1 {
            for index in sums.indices {
                sums[index] = sums[index].scaled(by: alpha, adding: 0, times: 0)
            }
        }
        try T.write(y) { result in
            for index in result.indices { result[index] = T(sums[index]) }
        }
    }

    private func multiply<T: MatrixElement>(
        _ a: Tensor, _ b: Tensor, rows: Int, columns: Int, depth: Int, to sums: inout [T.Sum],
        _ type: T.Type
    ) throws {
        try a.withUnsafeElements(of: T.self) { a in
            try b.withUnsafeElements(of: T.self) { b in
                sums.withUnsafeMutableBufferPointer { sums in
                    guard let a = a.baseAddress, let b = b.baseAddress,
                        let target = sums.baseAddress
                    else { return }
                    let left = StridedMatrix(
                        base: a, rowStride: transposesA ? 1 : depth,
                        columnStride: transposesA ? rows : 1)
                    let right = StridedMatrix(
                        base: b, rowStride: transposesB ? 1 : columns,
                        columnStride: transposesB ? depth : 1)
                    MatrixProduct<T.Sum>(rows: rows, columns: columns, depth: depth).addProduct(
                        rows: rows, columns: columns, depth: depth, left, right, to: target,
                        rowStride: columns)
                }
            }
        }
    }

    /// Scales the sums, and adds the scaled addend.
    private func add<T: ScaledElement>(
        _ addend: Tensor, to sums: inout [T.Sum], _ shape: [Int], _ type: T.Type
    ) throws {
        let steps = Broadcast.strides(of: addend.shape, in: shape)
        try addend.withUnsafeElements(of: T.self) { addend in
            for row in 0..<shape[0] {
                for column in 0..<shape[1] {
                    let value = addend[row * steps[0] + column * steps[1]].term
                    let index = row * shape[1] + column
                    sums[index] = sums[index].scaled(by: alpha, adding: value, times: beta)
                }
            }
        }
    }
}

extension Gemm: DifferentiableOperator {
    /// `alpha · g · B′ᵀ` and `alpha · A′ᵀ · g`, transposed where the input is; for C, `beta · g`, summed over what it is repeated along.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let (a, b) = (try derivative.input(0), try derivative.input(1))
        func product(
            _ left: Derivative.Operand, _ leftTransposed: Bool, _ right: Derivative.Operand,
            _ rightTransposed: Bool
        ) throws -> Derivative.Operand {
            try derivative.append(
                Gemm(alpha: alpha, transposesA: leftTransposed, transposesB: rightTransposed), left,
                right)
        }
        if derivative.wants(0) {
            derivative.give(
                transposesA
                    ? try product(b, transposesB, g, true) : try product(g, false, b, !transposesB),
                for: 0)
        }
        if derivative.wants(1) {
            derivative.give(
                transposesB
                    ? try product(g, true, a, transposesA) : try product(a, !transposesA, g, false),
                for: 1)
        }
        if derivative.wants(2) {
            try derivative.giveSum(derivative.multiply(g, Double(beta)), for: 2)
        }
    }
}
