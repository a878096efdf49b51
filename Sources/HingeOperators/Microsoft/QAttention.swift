import HingeGraph

/// ``MicrosoftAttention`` whose input and weights are quantized.
///
/// Inputs: `[N, L, I]` and the weights, `[I, C]`, of 8-bit integers; the biases, `[C]`; the scales of input and weights, the
/// latter one or `[C]`; optional: a mask (``AttentionScoring``); the zero points of input and weights; past keys and values,
/// `[2, N, H, P, D]`. Outputs: the result, `[N, L, H·D]`; optional: all keys and values, `[2, N, H, T, D]`. N is the batch, L the
/// length, I the size of a token, C that of its three projections altogether, H the heads, D the size of a head, P the
/// length of what is past, T that of all.
///
/// Source: ONNX Runtime's QAttention 1 of the domain com.microsoft.
public struct QAttention: MicrosoftOperator {
    /// How scores are scaled and masked.
    public var scoring: AttentionScoring

    /// Creates the operator.
    public init(_ scoring: AttentionScoring) {
        self.scoring = scoring
    }
}

public extension QAttention {
    static let type = "QAttention"

    init(_ node: NodeReader) throws {
        scoring = try AttentionScoring(node)
    }

    var attributes: [Attribute] { scoring.attributes }

    func compose(_ steps: inout Composition) throws {
        let projected = try steps.integerProduct(
            steps.input(0), steps.input(1),
            zeros: (steps.optionalInput(6), steps.optionalInput(7)),
            scales: (steps.input(3), steps.input(4)), bias: steps.input(2))
        let parts = try steps.projections(projected, sizes: nil)
        try scoring.attend(
            parts, mask: steps.optionalInput(5), bias: nil, past: steps.optionalInput(8), &steps)
    }
}
