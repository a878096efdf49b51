import HingeGraph

/// `RMSNormalization` of the sum of an input, another, and a bias.
///
/// Inputs: `[…, C]`; what is added, which broadcasts to it; the scale, `[C]`; optional: a bias of the sum, `[C]`. Outputs: the
/// result; the sum as output 3, optional. C is the number of channels.
///
/// Source: ONNX Runtime's SkipSimplifiedLayerNormalization 1 of the domain com.microsoft.
public struct SkipSimplifiedLayerNormalization: MicrosoftOperator {
    /// What is added to the mean square.
    public var epsilon: Float

    /// Creates the operator.
    public init(epsilon: Float = 1e-12) {
        self.epsilon = epsilon
    }
}

public extension SkipSimplifiedLayerNormalization {
    static let type = "SkipSimplifiedLayerNormalization"

    init(_ node: NodeReader) throws {
        epsilon = try node.float("epsilon", default: 1e-12)
        guard !node.hasOutput(1), !node.hasOutput(2) else {
            throw HingeError(
                .unsupported, "mean and deviation of \(Self.type) are not supported as outputs")
        }
    }

    var attributes: [Attribute] { [.float("epsilon", epsilon)] }

    func compose(_ steps: inout Composition) throws {
        let sum = try steps.skipSum(bias: 3)
        let normalized = try steps.append(
            RMSNormalization(axis: -1, epsilon: epsilon), sum, steps.wide(steps.input(2)))
        let type = try steps.dataType(steps.input(0))
        steps.give(try steps.cast(normalized, to: type))
        if steps.wants(3) { steps.give(try steps.cast(sum, to: type), as: 3) }
    }
}
