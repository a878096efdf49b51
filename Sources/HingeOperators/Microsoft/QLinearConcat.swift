import HingeGraph

/// `Concat` of quantized numbers of different scales.
///
/// Inputs: scale and zero point of the result; then, for each part, the part, its scale and its zero point.
///
/// Source: ONNX Runtime's QLinearConcat 1 of the domain com.microsoft.
public struct QLinearConcat: MicrosoftOperator {
    /// The dimension along which the parts follow each other.
    public var axis: Int

    /// Creates the operator.
    public init(axis: Int) {
        self.axis = axis
    }
}

public extension QLinearConcat {
    static let type = "QLinearConcat"

    init(_ node: NodeReader) throws {
        axis = try node.required("axis", node.int("axis"))
    }

    var attributes: [Attribute] { [.int("axis", axis)] }

    func compose(_ steps: inout Composition) throws {
        let count = steps.inputs.count
        guard count >= 5, (count - 2) % 3 == 0 else {
            throw HingeError(
                .mismatch, "expected two inputs and three for each part, found \(count)")
        }
        let parts = try stride(from: 2, to: count, by: 3).map { try steps.dequantized($0) }
        let all = try steps.append(Concat(axis: axis), parts, outputCount: 1)[0]
        let zero = try steps.input(1)
        steps.give(
            try steps.quantized(
                all, scale: steps.input(0), zero: zero, as: steps.dataType(zero)))
    }
}
