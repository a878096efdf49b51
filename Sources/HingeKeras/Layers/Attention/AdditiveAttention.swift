import HingeGraph
import HingeOperators

/// Attention by `Σ scale · tanh(query + key)`.
///
/// Inputs: the query `[N, T, D]`, the value `[N, S, D]`, and perhaps a key of the value's shape.
///
/// Source: Keras `AdditiveAttention(use_scale=True)`; `scale` is `[D]`. Bahdanau, Cho and Bengio,
/// "Neural machine translation by jointly learning to align and translate", 2015.
struct AdditiveAttentionLayer: ScoringAttentionLayer {
    /// Whether the features have weights.
    var useScale = true
    var isCausal = false
}

extension AdditiveAttentionLayer {
    static let className = "AdditiveAttention"

    init(_ config: ConfigReader) throws {
        useScale = try config.bool("use_scale", default: true)
        isCausal = try config.bool("causal", default: false)
    }

    var variables: LayerVariables { LayerVariables(useScale ? ["scale"] : []) }

    func scores(_ query: Operand, _ key: Operand, _ context: LayerContext) throws -> Operand {
        let sum = try context.pairwiseSum(query, key)
        var terms = try context.append(Tanh(), sum, as: "tanh")
        if useScale {
            let scale = try context.variable("scale", [try context.extent(query, -1)])
            terms = try context.append(Mul(), terms, scale, as: "scaled")
        }
        return try context.append(
            ReduceSum(axes: [-1], keepsDimensions: false), terms, as: "scores")
    }

    func write(_ config: inout ConfigWriter) {
        config.set("use_scale", useScale, default: true) { .bool($0) }
    }
}
