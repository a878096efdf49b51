import HingeGraph

/// `x · sigmoid(alpha · x)`, elementwise.
///
/// Source: ONNX Runtime's QuickGelu 1 of the domain com.microsoft.
public struct QuickGelu: MicrosoftOperator {
    /// The factor of `x` inside the sigmoid.
    public var alpha: Float

    /// Creates the operator.
    public init(alpha: Float = 1.702) {
        self.alpha = alpha
    }
}

public extension QuickGelu {
    static let type = "QuickGelu"

    init(_ node: NodeReader) throws {
        alpha = try node.float("alpha", default: 1.702)
    }

    var attributes: [Attribute] { [.float("alpha", alpha)] }

    func compose(_ steps: inout Composition) throws {
        steps.give(try steps.append(Swish(alpha: alpha), steps.input(0)))
    }
}
