import HingeGraph
import HingeOperators

/// `Attention` and `AdditiveAttention`: weights from scores of queries and keys, and the weighted
/// sum of values.
///
/// Letters: N the batch, T the queries, S the keys, D the features.
protocol ScoringAttentionLayer: KerasLayer {
    /// Whether no query sees later keys, as a field of the layer says before Keras 3.
    var isCausal: Bool { get }
    /// The scores `[N, T, S]` of queries `[N, T, D]` and keys `[N, S, D]`.
    func scores(_ query: Operand, _ key: Operand, _ context: LayerContext) throws -> Operand
}

extension ScoringAttentionLayer {
    var masking: Masking { .own }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let inputs = call.inputs
        guard inputs.count == 2 || inputs.count == 3 else {
            throw HingeError(
                .mismatch, "expected a query, a value and perhaps a key, found \(inputs.count)")
        }
        let (query, value, key) = (inputs[0], inputs[1], inputs[inputs.count - 1])
        for input in inputs { try context.requireRank(input.operand, 3...Int.max) }
        let keyOperand = inputs.count == 3 ? key.operand : value.operand
        var masks = call.maskArguments
        if masks.isEmpty { masks = inputs.map(\.mask) }
        let scores = try scores(query.operand, keyOperand, context)
        let causal = try context.visibility(
            query.operand, keyOperand, axis: context.rank(query.operand) - 2,
            isCausal: isCausal || call.flag("use_causal_mask"), window: nil)
        let valueMask = try masks.dropFirst().first.flatMap { $0 }.map { mask in
            try context.append(
                Unsqueeze(axes: [context.rank(mask) - 1]), context.boolean(mask),
                as: "value_mask")
        }
        let visible =
            try context.all([valueMask, causal]).map {
                try context.lowering(scores, outside: $0, halfPenalty: -65504)
            } ?? scores
        let weights = try context.append(Softmax(axis: -1), visible, as: "weights")
        var result = try context.append(MatMul(), weights, value.operand)
        if let mask = masks.first.flatMap({ $0 }) {
            let column = try context.column(context.boolean(mask))
            let zero = try context.scalar(0, like: result, "zero")
            result = try context.append(Where(), column, result, zero, as: "masked")
        }
        var outputs = [KerasValue(result, mask: masks.first.flatMap { $0 })]
        if call.flag("return_attention_scores") { outputs.append(KerasValue(weights)) }
        return outputs
    }
}
