import HingeGraph
import HingeOperators

/// Attention by products of queries and keys, without heads or projections.
///
/// Inputs: the query `[N, T, D]`, the value `[N, S, D]`, and perhaps a key of the value's shape.
///
/// Source: Keras `Attention(use_scale=False, score_mode="dot")`; `scale` is one number, as is
/// `concat_score_weight`.
struct AttentionLayer: ScoringAttentionLayer {
    /// Whether the scores are multiplied by a number.
    var useScale = false
    var isCausal = false
    /// How scores are made.
    var scoreMode = ScoreMode.dot

    /// How scores are made.
    enum ScoreMode: String, CaseIterable, Sendable {
        /// By products.
        case dot
        /// By `Σ tanh(query + key)`.
        case concat
    }
}

extension AttentionLayer {
    static let className = "Attention"

    init(_ config: ConfigReader) throws {
        useScale = try config.bool("use_scale", default: false)
        isCausal = try config.bool("causal", default: false)
        scoreMode = try config.word("score_mode", default: .dot)
    }

    var variables: LayerVariables {
        LayerVariables(
            (useScale ? ["scale"] : []) + (scoreMode == .concat ? ["concat_score_weight"] : []))
    }

    func scores(_ query: Operand, _ key: Operand, _ context: LayerContext) throws -> Operand {
        let scale = useScale ? try context.variable("scale", []) : nil
        if scoreMode == .dot {
            let rank = try context.rank(key)
            var order = Array(0..<rank)
            order.swapAt(rank - 2, rank - 1)
            let turned = try context.append(Transpose(order), key, as: "keys")
            let scores = try context.append(MatMul(), query, turned, as: "scores")
            guard let scale else { return scores }
            return try context.append(Mul(), scores, scale, as: "scaled")
        }
        let weight = try context.variable("concat_score_weight", [])
        var sum = try context.pairwiseSum(query, key)
        if let scale { sum = try context.append(Mul(), sum, scale, as: "scaled") }
        let total = try context.append(
            ReduceSum(axes: [-1], keepsDimensions: false),
            context.append(Tanh(), sum, as: "tanh"), as: "total")
        return try context.append(Mul(), total, weight, as: "scores")
    }

    func write(_ config: inout ConfigWriter) {
        config.set("use_scale", useScale, default: false) { .bool($0) }
        config.set("score_mode", scoreMode, default: .dot) { .string($0.rawValue) }
    }
}

extension LayerContext {
    /// The sums of each query `[N, T, D]` with each key `[N, S, D]`: `[N, T, S, D]`.
    func pairwiseSum(_ query: Operand, _ key: Operand) throws -> Operand {
        let rank = try rank(query)
        let rows = try append(Unsqueeze(axes: [rank - 1]), query, as: "queries")
        let columns = try append(Unsqueeze(axes: [rank - 2]), key, as: "keys")
        return try append(Add(), rows, columns, as: "pairs")
    }
}
