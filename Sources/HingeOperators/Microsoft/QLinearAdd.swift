import HingeGraph

/// `a + b` of quantized numbers, elementwise.
///
/// Inputs: `a`, its scale and zero point; `b`, its scale and zero point; scale and zero point of the result. Zero points may be
/// absent. Inputs broadcast.
///
/// Source: ONNX Runtime's QLinearAdd 1 of the domain com.microsoft.
public struct QLinearAdd: MicrosoftOperator {
    /// Creates the operator.
    public init() {}
}

public extension QLinearAdd {
    static let type = "QLinearAdd"

    init(_ node: NodeReader) {}

    func compose(_ steps: inout Composition) throws { try composeQuantized(&steps) }
}

extension QLinearAdd: QuantizedForm {
    static var operands: [Int] { [0, 3] }
    static var resultScale: Int { 6 }

    func apply(
        _ operands: [Composition.Operand], _ steps: inout Composition
    ) throws -> Composition.Operand {
        try steps.append(Add(), operands[0], operands[1])
    }
}
