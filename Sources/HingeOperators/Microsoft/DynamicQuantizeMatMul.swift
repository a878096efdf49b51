import HingeGraph

/// The product of a matrix that is quantized by what it holds and one that is quantized already.
///
/// Inputs: `a`, `[…, M, K]`; `b`, `[K, N]` of 8-bit integers; its scale, one or `[N]`; optional: its zero point, of the same
/// shape; a bias, `[N]`. The result: `[…, M, N]`. M, K and N are rows and columns.
///
/// Source: ONNX Runtime's DynamicQuantizeMatMul 1 of the domain com.microsoft.
public struct DynamicQuantizeMatMul: MicrosoftOperator {
    /// Creates the operator.
    public init() {}
}

public extension DynamicQuantizeMatMul {
    static let type = "DynamicQuantizeMatMul"

    init(_ node: NodeReader) {}

    func compose(_ steps: inout Composition) throws {
        let a = try steps.append(DynamicQuantizeLinear(), [steps.input(0)], outputCount: 3)
        steps.give(
            try steps.integerProduct(
                a[0], steps.input(1), zeros: (a[2], steps.optionalInput(3)),
                scales: (a[1], steps.input(2)), bias: steps.optionalInput(4)))
    }
}
