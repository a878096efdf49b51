import HingeGraph

/// ``EmbedLayerNormalization`` of quantized tables.
///
/// Inputs: words, `int32[N, L]`; segments, optional, `int32[N, L]`; in 8-bit integers, the tables of words, `[W, C]`, positions,
/// `[P, C]`, and segments, optional, `[S, C]`, scale and bias of the normalization, `[C]`; a mask, optional, `int32[N, L]`; then the
/// scales of those five, of one element each, and their zero points. Outputs: the result, `[N, L, C]`; the number of words in
/// each sample that the mask leaves, `int32[N]`, 0 without one. N is the batch, L the length, C the channels, W, P and S the sizes
/// of the tables.
///
/// Source: ONNX Runtime's QEmbedLayerNormalization 1 of the domain com.microsoft.
public struct QEmbedLayerNormalization: MicrosoftOperator {
    /// What is added to the variance.
    public var epsilon: Float

    /// Creates the operator.
    public init(epsilon: Float = 1e-12) {
        self.epsilon = epsilon
    }
}

public extension QEmbedLayerNormalization {
    static let type = "QEmbedLayerNormalization"

    init(_ node: NodeReader) throws {
        epsilon = try node.float("epsilon", default: 1e-12)
    }

    var attributes: [Attribute] { [.float("epsilon", epsilon)] }

    func compose(_ steps: inout Composition) throws {
        try steps.embed(epsilon: epsilon, positions: nil) { steps, operand, index in
            let (scale, zero) = try steps.quantization(scale: index + 6, zero: index + 11)
            return try steps.append(DequantizeLinear(), operand, scale, zero)
        }
    }
}
