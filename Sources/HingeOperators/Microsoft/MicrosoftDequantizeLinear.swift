import HingeGraph

/// `DequantizeLinear` as ONNX Runtime had it before the standard: `(x − zero point) · scale`.
///
/// Inputs: integers; the scale and, optional, the zero point: one for all, or `[D]` for each position along the axis, of which
/// there are D.
///
/// Source: ONNX Runtime's DequantizeLinear 1 of the domain com.microsoft.
public struct MicrosoftDequantizeLinear: MicrosoftOperator {
    /// The axis along which scales vary; negative counts from the end.
    public var axis: Int

    /// Creates the operator.
    public init(axis: Int = 1) {
        self.axis = axis
    }
}

public extension MicrosoftDequantizeLinear {
    static let type = "DequantizeLinear"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: 1)
    }

    var attributes: [Attribute] { axis == 1 ? [] : [.int("axis", axis)] }

    func compose(_ steps: inout Composition) throws {
        let (scale, zero) = try steps.quantization(scale: 1, zero: 2)
        steps.give(try steps.append(DequantizeLinear(axis: axis), steps.input(0), scale, zero))
    }
}
