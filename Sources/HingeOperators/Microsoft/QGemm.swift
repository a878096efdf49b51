import HingeGraph

/// `Gemm` of quantized matrices.
///
/// Inputs: A, its scale and zero point; B, its scale and zero point, one or one for each column of the product; optional: C,
/// `int32`, in units of both scales; scale and zero point of the result, which is of numbers without them. A′, A or its
/// transpose, is `[M, K]`, B′ `[K, N]`, the result `[M, N]`. M, K and N are rows and columns.
///
/// Source: ONNX Runtime's QGemm 1 of the domain com.microsoft.
public struct QGemm: ScaledProductOperator {
    /// The factor of the product.
    public var alpha: Float
    /// Whether A is `[K, M]`.
    public var transposesA: Bool
    /// Whether B is `[N, K]`.
    public var transposesB: Bool

    /// Creates the operator.
    public init(alpha: Float = 1, transposesA: Bool = false, transposesB: Bool = false) {
        self.alpha = alpha
        self.transposesA = transposesA
        self.transposesB = transposesB
    }
}

public extension QGemm {
    static let type = "QGemm"

    func compose(_ steps: inout Composition) throws {
        let matrices = try [(0, transposesA), (3, transposesB)].map { index, isTransposed in
            let matrix = try steps.input(index)
            return isTransposed ? try steps.append(Transpose([1, 0]), matrix) : matrix
        }
        let product = try steps.append(
            MatMulInteger(), matrices[0], matrices[1], steps.optionalInput(2),
            steps.optionalInput(5))
        let sum = try steps.sum(product, steps.optionalInput(6))
        var scale = try steps.append(Mul(), steps.input(1), steps.input(4))
        if alpha != 1 {
            scale = try steps.append(Mul(), scale, steps.number(Double(alpha), like: scale))
        }
        let numbers = try steps.append(
            Mul(), steps.append(Cast(to: .float32), sum), scale)
        guard let resultScale = steps.optionalInput(7) else { return steps.give(numbers) }
        let type = try steps.dataType(steps.input(0))
        steps.give(
            try steps.quantized(
                numbers, scale: resultScale, zero: steps.optionalInput(8), as: type))
    }
}
