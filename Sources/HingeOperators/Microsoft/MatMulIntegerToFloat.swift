import HingeGraph

/// The product of quantized matrices as numbers.
///
/// Inputs: `a`, `[…, M, K]`, and `b`, `[K, N]`, of 8-bit integers; their scales, that of `b` one or `[N]`; optional: their zero
/// points, likewise; a bias, `[N]`. The result: `[…, M, N]`. M, K and N are rows and columns.
///
/// Source: ONNX Runtime's MatMulIntegerToFloat 1 of the domain com.microsoft.
public struct MatMulIntegerToFloat: MicrosoftOperator {
    /// Creates the operator.
    public init() {}
}

public extension MatMulIntegerToFloat {
    static let type = "MatMulIntegerToFloat"

    init(_ node: NodeReader) {}

    func compose(_ steps: inout Composition) throws {
        steps.give(
            try steps.integerProduct(
                steps.input(0), steps.input(1),
                zeros: (steps.optionalInput(4), steps.optionalInput(5)),
                scales: (steps.input(2), steps.input(3)), bias: steps.optionalInput(6)))
    }
}
