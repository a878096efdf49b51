import HingeGraph

/// `Gelu(x + b)` with the tanh approximation, where the bias, optional, is `[C]` and broadcasts to `x`, `[…, C]`.
///
/// C is the number of channels.
///
/// Source: ONNX Runtime's FastGelu 1 of the domain com.microsoft.
public struct FastGelu: MicrosoftOperator {
    /// Creates the operator.
    public init() {}
}

public extension FastGelu {
    static let type = "FastGelu"

    init(_ node: NodeReader) {}

    func compose(_ steps: inout Composition) throws {
        let sum = try steps.sum(steps.input(0), steps.optionalInput(1))
        steps.give(try steps.append(Gelu(approximation: .tanh), sum))
    }
}
