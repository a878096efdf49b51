import HingeGraph

/// `LayerNormalization` of the sum of an input, another, and a bias.
///
/// Inputs: `[N, L, C]`; what is added, which broadcasts to it; scale and, optional, bias of the normalization, `[C]`; optional:
/// a bias of the sum, `[C]`. Outputs: the result; optional: the mean and the inverse of the standard deviation,
/// `[N, L, 1]`; the sum. N is the batch, L the length, C the channels.
///
/// Source: ONNX Runtime's SkipLayerNormalization 1 of the domain com.microsoft.
public struct SkipLayerNormalization: MicrosoftOperator {
    /// What is added to the variance.
    public var epsilon: Float

    /// Creates the operator.
    public init(epsilon: Float = 1e-12) {
        self.epsilon = epsilon
    }
}

public extension SkipLayerNormalization {
    static let type = "SkipLayerNormalization"

    init(_ node: NodeReader) throws {
        epsilon = try node.float("epsilon", default: 1e-12)
    }

    var attributes: [Attribute] { [.float("epsilon", epsilon)] }

    func compose(_ steps: inout Composition) throws {
        let sum = try steps.skipSum(bias: 4)
        let scale = try steps.wide(steps.input(2))
        let bias = try steps.optionalInput(3).map { try steps.wide($0) }
        let count = steps.wants(1) ? 3 : 1
        let normalized = try steps.append(
            LayerNormalization(axis: -1, epsilon: epsilon), [sum, scale, bias],
            outputCount: count)
        let type = try steps.dataType(steps.input(0))
        steps.give(try steps.cast(normalized[0], to: type))
        for index in 1..<count { steps.give(normalized[index], as: index) }
        if steps.wants(3) { steps.give(try steps.cast(sum, to: type), as: 3) }
    }
}

extension Composition {
    /// The sum of inputs 0 and 1 and of the bias, in `float32` where they are of a 16-bit type.
    mutating func skipSum(bias: Int) throws -> Operand {
        let terms = try [input(0), input(1)].map { try wide($0) }
        return try sum(terms[0], terms[1], optionalInput(bias).map { try wide($0) })
    }
}
