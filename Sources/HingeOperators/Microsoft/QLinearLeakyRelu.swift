import HingeGraph

/// `LeakyRelu` of quantized numbers.
///
/// Inputs: `x`, its scale and zero point; scale and zero point of the result. Zero points may be absent.
///
/// Source: ONNX Runtime's QLinearLeakyRelu 1 of the domain com.microsoft.
public struct QLinearLeakyRelu: MicrosoftOperator {
    /// The slope below 0.
    public var alpha: Float

    /// Creates the operator.
    public init(alpha: Float = 0.01) {
        self.alpha = alpha
    }
}

public extension QLinearLeakyRelu {
    static let type = "QLinearLeakyRelu"

    init(_ node: NodeReader) throws {
        alpha = try node.float("alpha", default: 0.01)
    }

    var attributes: [Attribute] { [.float("alpha", alpha)] }

    func compose(_ steps: inout Composition) throws { try composeQuantized(&steps) }
}

extension QLinearLeakyRelu: QuantizedForm {
    static var operands: [Int] { [0] }
    static var resultScale: Int { 3 }

    func apply(
        _ operands: [Composition.Operand], _ steps: inout Composition
    ) throws -> Composition.Operand {
        try steps.append(LeakyRelu(alpha: alpha), operands[0])
    }
}
