import HingeGraph

/// Self-attention with the projections of query, key and value.
///
/// Inputs: `[N, L, I]`; the weights of the projections side by side, `[I, C]`; optional: their biases, `[C]`; a mask
/// (``AttentionScoring``); past keys and values, `[2, N, H, P, D]`; numbers to add to the scores, `[N, H, L, T]` or what
/// broadcasts to it. Outputs: the result, `[N, L, H·D]`; optional: all keys and values, `[2, N, H, T, D]`. N is the batch, L the
/// length, I the size of a token, C that of its projections altogether, H the heads, D the size of a head, P the length of
/// what is past, T that of all.
///
/// Source: ONNX Runtime's Attention 1 of the domain com.microsoft.
public struct MicrosoftAttention: MicrosoftOperator {
    /// How scores are scaled and masked.
    public var scoring: AttentionScoring
    /// The sizes of the projections; `nil` for three equal ones.
    public var sizes: [Int]?

    /// Creates the operator.
    public init(_ scoring: AttentionScoring, sizes: [Int]? = nil) {
        self.scoring = scoring
        self.sizes = sizes
    }
}

public extension MicrosoftAttention {
    static let type = "Attention"

    init(_ node: NodeReader) throws {
        scoring = try AttentionScoring(node)
        sizes = try node.ints("qkv_hidden_sizes")
        if sizes?.isEmpty == true { sizes = nil }
        if let sizes, sizes.count != 3 || sizes.contains(where: { $0 < 1 }) {
            throw node.error("qkv_hidden_sizes", "expected three sizes, found \(sizes)")
        }
        guard !node.hasInput(6) else {
            throw HingeError(.unsupported, "a past of a length that is an input is not supported")
        }
    }

    var attributes: [Attribute] {
        scoring.attributes + (sizes.map { [.ints("qkv_hidden_sizes", $0)] } ?? [])
    }

    func compose(_ steps: inout Composition) throws {
        let product = try steps.append(MatMul(), steps.input(0), steps.input(1))
        let projected = try steps.sum(product, steps.optionalInput(2))
        let parts = try steps.projections(projected, sizes: sizes)
        try scoring.attend(
            parts, mask: steps.optionalInput(3), bias: steps.optionalInput(5),
            past: steps.optionalInput(4), &steps)
    }
}

extension Composition {
    /// Query, key and value out of a value that holds them side by side, `[N, L, C]`.
    ///
    /// - Parameter sizes: Their sizes; `nil` for three equal ones.
    mutating func projections(_ operand: Operand, sizes: [Int]?) throws -> [Operand] {
        guard let width = try knownShape(operand, rank: 3)[2].extent else {
            throw unknown("the size of the projections")
        }
        let sizes = sizes ?? [width / 3, width / 3, width / 3]
        guard Extent.sum(of: sizes) == width else {
            throw HingeError(
                .mismatch,
                "expected projections of \(Extent.sum(of: sizes)) columns, found \(width)")
        }
        return try append(Split(axis: 2, sizes: sizes), [operand], outputCount: 3)
    }
}
