import HingeGraph

/// `Gelu`, as it is written for versions of the standard without it.
///
/// Source: ONNX Runtime's Gelu 1 of the domain com.microsoft.
public struct MicrosoftGelu: MicrosoftOperator {
    /// Creates the operator.
    public init() {}
}

public extension MicrosoftGelu {
    static let type = "Gelu"

    init(_ node: NodeReader) {}

    func compose(_ steps: inout Composition) throws {
        steps.give(try steps.append(Gelu(), steps.input(0)))
    }
}
