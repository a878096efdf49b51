import HingeGraph

/// `Gelu(a + b)`, where `b`, `[C]`, broadcasts to `a`, `[…, C]`.
///
/// C is the number of channels.
///
/// Source: ONNX Runtime's BiasGelu 1 of the domain com.microsoft.
public struct BiasGelu: MicrosoftOperator {
    /// Creates the operator.
    public init() {}
}

public extension BiasGelu {
    static let type = "BiasGelu"

    init(_ node: NodeReader) {}

    func compose(_ steps: inout Composition) throws {
        let sum = try steps.append(Add(), steps.input(0), steps.input(1))
        steps.give(try steps.append(Gelu(), sum))
    }
}
