import HingeGraph

/// The product of matrices of 8-bit integers, less their zero points, as int32.
///
/// Inputs: `A`, `B`, and, optional, their zero points: one for all, or one for each row of `A` and each column of `B`.
///
/// Source: ONNX MatMulInteger 10.
public struct MatMulInteger: Operator {
    /// Creates the operator.
    public init() {}
}

public extension MatMulInteger {
    static let type = "MatMulInteger"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [.tensor(.int32, try MatMul.shape(context.shape(0), context.shape(1)))]
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        context.matrixProducts(outputs)
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let (a, b) = (try context.input(0), try context.input(1))
        let shape = try MatMulShape(a.shape, b.shape)
        let rows = try context.optionalInput(2)
        let left = try a.centred(by: rows, aligned: rows.map { MatMulShape.rowShape($0.shape) })
        let right = try b.centred(by: try context.optionalInput(3))
        try context.output(0, .int32, shape.result).writeExact { result in
            try left.withUnsafeElements(of: Double.self) { left in
                try right.withUnsafeElements(of: Double.self) {
                    shape.multiply(left, $0, to: result)
                }
            }
        }
    }
}

extension MatMulShape {
    /// The shape in which a number for each row, `[M]`, broadcasts to matrices.
    static func rowShape(_ shape: [Int]) -> [Int] { shape.count == 1 ? shape + [1] : shape }
}

extension OutputTensor {
    /// Runs `body` on `Double`s, which hold sums of products of small integers exactly, and writes them as int32,
    /// where they wrap around.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for them, and what `body` throws.
    func writeExact(_ body: (UnsafeMutableBufferPointer<Double>) throws -> Void) throws {
        var sums = try Tensor(allocating: .float64, shape: shape)
        try sums.withUnsafeMutableElements(of: Double.self) { memory in
            try body(memory)
            let result = elements(of: Int32.self)
            for index in result.indices {
                result[index] = Int32(truncatingIfNeeded: Int64(saturating: memory[index]))
            }
        }
    }
}

extension MatMulInteger: UndifferentiatedOperator {
    /// Its output is of integers.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is of integers") }
}
