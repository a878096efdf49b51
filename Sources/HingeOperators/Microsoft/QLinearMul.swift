import HingeGraph

/// `a · b` of quantized numbers, elementwise.
///
/// Inputs: `a`, its scale and zero point; `b`, its scale and zero point; scale and zero point of the result. Zero points may be
/// absent. Inputs broadcast.
///
/// Source: ONNX Runtime's QLinearMul 1 of the domain com.microsoft.
public struct QLinearMul: MicrosoftOperator {
    /// Creates the operator.
    public init() {}
}

public extension QLinearMul {
    static let type = "QLinearMul"

    init(_ node: NodeReader) {}

    func compose(_ steps: inout Composition) throws { try composeQuantized(&steps) }
}

extension QLinearMul: QuantizedForm {
    static var operands: [Int] { [0, 3] }
    static var resultScale: Int { 6 }

    func apply(
        _ operands: [Composition.Operand], _ steps: inout Composition
    ) throws -> Composition.Operand {
        try steps.append(Mul(), operands[0], operands[1])
    }
}
