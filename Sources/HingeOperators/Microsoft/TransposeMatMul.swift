import HingeGraph

/// `MatMul` of matrices of which the last two dimensions are exchanged before, times a factor: ``FusedMatMul`` under its older
/// name.
///
/// `a`: `[batch…, M, K]`, `b`: `[batch…, K, N]`, where neither is transposed; the result: `[batch…, M, N]`. M, K and N are rows
/// and columns.
///
/// Source: ONNX Runtime's TransposeMatMul 1 of the domain com.microsoft.
public struct TransposeMatMul: ScaledProductOperator {
    /// The factor of the product.
    public var alpha: Float
    /// Whether the last two dimensions of `a` are exchanged.
    public var transposesA: Bool
    /// Whether the last two dimensions of `b` are exchanged.
    public var transposesB: Bool

    /// Creates the operator.
    public init(alpha: Float = 1, transposesA: Bool = false, transposesB: Bool = false) {
        self.alpha = alpha
        self.transposesA = transposesA
        self.transposesB = transposesB
    }
}

public extension TransposeMatMul {
    static let type = "TransposeMatMul"

    func compose(_ steps: inout Composition) throws {
        let product = FusedMatMul(
            alpha: alpha, first: .init(isOn: transposesA), second: .init(isOn: transposesB))
        try product.compose(&steps)
    }
}
