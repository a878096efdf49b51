import HingeGraph

/// The product of quantized matrices, quantized again.
///
/// Inputs: `a`, its scale and zero point, `b`, its scale and zero point, the scale and zero point of the result. Those of `a` and of
/// the result are one for all, or one for each row; those of `b` one for all, or one for each column.
///
/// Source: ONNX QLinearMatMul 10, 21.
public struct QLinearMatMul: Operator {
    /// Creates the operator.
    public init() {}
}

public extension QLinearMatMul {
    static let type = "QLinearMatMul"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [.tensor(context.dataType(7), try MatMul.shape(context.shape(0), context.shape(3)))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [1: .scale, 4: .scale, 6: .scale]
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        context.matrixProducts(outputs)
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let (a, b) = (try context.input(0), try context.input(3))
        let shape = try MatMulShape(a.shape, b.shape)
        let rows = try context.input(2)
        let left = try a.centred(by: rows, aligned: MatMulShape.rowShape(rows.shape))
        let right = try b.centred(by: try context.input(5))
        try MemoryLimit.check(.float64, shape.result)
        var values = try [Double](bounded: 0, count: Tensor.count(of: shape.result))
        try values.withUnsafeMutableBufferPointer { result in
            try left.withUnsafeElements(of: Double.self) { left in
                try right.withUnsafeElements(of: Double.self) {
                    shape.multiply(left, $0, to: result)
                }
            }
        }
        let type = try context.input(1).dataType
        let scaleA = try laid(context, 1, isRow: true, shape.result)
        let scaleB = try laid(context, 4, isRow: false, shape.result)
        let scaleY = try laid(context, 6, isRow: true, shape.result)
        let zeroPoint = try laid(context, 7, isRow: true, shape.result)
        for index in values.indices {
            let product = type.rounding(scaleA(index) * scaleB(index))
            values[index] *= type.rounding(product / scaleY(index))
        }
        context.set(
            0,
            try Tensor.quantized(
                values, as: try context.input(7).dataType, shape: shape.result,
                zeroPoint: zeroPoint))
    }

    /// The scale or zero point of each element of the result.
    private func laid(
        _ context: EvaluationContext, _ index: Int, isRow: Bool, _ shape: [Int]
    ) throws -> (Int) -> Double {
        let tensor = try context.input(index)
        let values = try tensor.doubles()
        if values.count == 1 { return { _ in values[0] } }
        let aligned = isRow ? MatMulShape.rowShape(tensor.shape) : tensor.shape
        let laid = try LaidOver<Double>(Tensor(values, shape: aligned), over: shape, from: 0)
        return { laid[0, $0] }
    }
}

extension QLinearMatMul: UndifferentiatedOperator {
    /// Its output is of integers.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is of integers") }
}
