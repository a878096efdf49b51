import HingeGraph

/// `Softmax` of quantized numbers.
///
/// Inputs: `x`, its scale and zero point; scale and zero point of the result. That of `x` may be absent.
///
/// Source: ONNX Runtime's QLinearSoftmax 1 of the domain com.microsoft.
public struct QLinearSoftmax: MicrosoftOperator {
    /// The dimension along which the probabilities add up to 1.
    public var axis: Int
    /// The version of the standard whose `Softmax` it is: before 13, that of all dimensions from the axis on.
    public var opset: Int

    /// Creates the operator.
    public init(axis: Int = -1, opset: Int = 13) {
        self.axis = axis
        self.opset = opset
    }
}

public extension QLinearSoftmax {
    static let type = "QLinearSoftmax"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: -1)
        opset = try node.required("opset", node.int("opset"))
    }

    var attributes: [Attribute] { [.int("axis", axis), .int("opset", opset)] }

    func compose(_ steps: inout Composition) throws { try composeQuantized(&steps) }
}

extension QLinearSoftmax: QuantizedForm {
    static var operands: [Int] { [0] }
    static var resultScale: Int { 3 }

    func apply(
        _ operands: [Composition.Operand], _ steps: inout Composition
    ) throws -> Composition.Operand {
        var softmax = Softmax(axis: axis)
        softmax.isFlattened = opset < 13
        return try steps.append(softmax, operands[0])
    }
}
