import HingeGraph

/// `Sigmoid` of quantized numbers.
///
/// Inputs: `x`, its scale and zero point; scale and zero point of the result. Zero points may be absent.
///
/// Source: ONNX Runtime's QLinearSigmoid 1 of the domain com.microsoft.
public struct QLinearSigmoid: MicrosoftOperator {
    /// Creates the operator.
    public init() {}
}

public extension QLinearSigmoid {
    static let type = "QLinearSigmoid"

    init(_ node: NodeReader) {}

    func compose(_ steps: inout Composition) throws { try composeQuantized(&steps) }
}

extension QLinearSigmoid: QuantizedForm {
    static var operands: [Int] { [0] }
    static var resultScale: Int { 3 }

    func apply(
        _ operands: [Composition.Operand], _ steps: inout Composition
    ) throws -> Composition.Operand {
        try steps.append(Sigmoid(), operands[0])
    }
}
