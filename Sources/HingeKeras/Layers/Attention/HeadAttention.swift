import HingeGraph
import HingeOperators

/// What `MultiHeadAttention` and `GroupQueryAttention` have in common: scaled products of queries
/// and keys in several heads, each with projections of its own.
///
/// Letters: N the batch, T the queries, S the keys, D the features.
struct HeadAttention: Sendable {
    /// The number of heads of queries.
    var queryHeadCount: Int
    /// The number of heads of keys and values, which divides that of queries; neighbours share one.
    var keyHeadCount: Int
    /// The features of a head's queries and keys.
    var keySize: Int
    /// The features of a head's values.
    var valueSize: Int
    /// Whether the projections have biases.
    var useBias = true
    /// The extents of the result after the steps; `nil` for those of the query.
    var outputShape: [Int]?
    /// How far steps see each other.
    var window: Int?
    /// Whether the result passes a gate that the query opens.
    var usesGate = false
    /// The part of the weights that training drops.
    var dropout: Double = 0
    /// Whether the tensors that the layer is called with lose their masks: those of
    /// `MultiHeadAttention` from Keras 3.8 on.
    var takesMasks = false
    /// The axes that attention goes over; `nil` for all between the batch and the features.
    var axes: [Int]?
}

extension HeadAttention {
    private var query: HeadProjection { projection("query_dense", "query") }
    private var key: HeadProjection { projection("key_dense", "key") }
    private var value: HeadProjection { projection("value_dense", "value") }
    private var gate: HeadProjection { projection("gate_dense", "gate") }
    private var output: HeadProjection { projection("output_dense", "attention_output") }

    private func projection(_ attribute: String, _ name: String) -> HeadProjection {
        HeadProjection(attribute: attribute, name: name, useBias: useBias)
    }

    /// The variables.
    var variables: LayerVariables {
        LayerVariables(
            groups: [query.group, key.group] + (usesGate ? [gate.group] : [])
                + [value.group, output.group])
    }

    /// Reads the fields that both layers have.
    mutating func readShared(_ config: ConfigReader) throws {
        useBias = try config.bool("use_bias", default: true)
        window = try config.positive("sliding_window")
        dropout = try config.number("dropout") ?? 0
        usesGate = try config.bool("use_gate", default: false)
    }

    /// Writes the fields that both layers have.
    func writeShared(_ config: inout ConfigWriter) {
        config.set("use_bias", useBias, default: true) { .bool($0) }
        if let window { config["sliding_window"] = .integer(window) }
        config.set("dropout", dropout, default: 0) { .number($0) }
        config.set("use_gate", usesGate, default: false) { .bool($0) }
    }

    /// Builds the layer for a call with the query, the value, and perhaps a key.
    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        guard let queryInput = call.tensor("query", 0), let valueInput = call.tensor("value", 1)
        else { throw HingeError(.mismatch, "expected a query and a value") }
        let keyInput = call.tensor("key", 2) ?? valueInput
        let axes = try AttentionAxes(axes, rank: context.rank(queryInput.operand))
        for input in [queryInput, valueInput, keyInput] {
            let rank = try context.rank(queryInput.operand)
            try context.requireRank(input.operand, rank...rank)
        }
        guard axes.isPlain else {
            return try build(call, queryInput, valueInput, keyInput, axes, context)
        }
        return try build(call, queryInput, valueInput, keyInput, context)
    }

    /// Builds the layer for values with more axes than `[N, T, D]`.
    private func build(
        _ call: LayerCall, _ query: KerasValue, _ value: KerasValue, _ key: KerasValue,
        _ axes: AttentionAxes, _ context: LayerContext
    ) throws -> [KerasValue] {
        let isMasked =
            [query, value, key].contains { $0.mask != nil } || window != nil
            || call.flag("use_causal_mask")
            || ["query_mask", "value_mask", "key_mask", "attention_mask"].contains {
                call.tensor($0, .max) != nil
            }
        guard !isMasked else {
            throw HingeError(
                .unsupported, "masks of attention over values of more than 3 axes are not supported"
            )
        }
        let flatValue = KerasValue(try axes.flattened(value.operand, context))
        var outputs = try build(
            call, KerasValue(axes.flattened(query.operand, context)), flatValue,
            key == value ? flatValue : KerasValue(axes.flattened(key.operand, context)), context)
        outputs[0].operand = try axes.restored(
            outputs[0].operand, query: query.operand, context)
        if outputs.count > 1 {
            outputs[1].operand = try axes.restoredWeights(
                outputs[1].operand, query: query.operand, key: key.operand, context)
        }
        return outputs
    }

    /// Builds the layer for values `[N, T, D]`.
    private func build(
        _ call: LayerCall, _ queryInput: KerasValue, _ valueInput: KerasValue,
        _ keyInput: KerasValue, _ context: LayerContext
    ) throws -> [KerasValue] {
        let q = try query.split(
            queryInput.operand, heads: queryHeadCount, size: keySize, context)
        let k = try repeated(
            key.split(keyInput.operand, heads: keyHeadCount, size: keySize, context), context)
        let v = try repeated(
            value.split(valueInput.operand, heads: keyHeadCount, size: valueSize, context), context)
        let scaled = try context.append(
            Mul(), q, context.scalar(1 / Double(keySize).squareRoot(), like: q, "scale"),
            as: "scaled")
        var scores = try context.append(
            MatMul(), scaled, context.append(Transpose([0, 1, 3, 2]), k, as: "keys"), as: "scores")
        let mask = try mask(call, queryInput, valueInput, keyInput, context)
        let returnsScores = call.flag("return_attention_scores")
        let form = Masked(context.semantics, isFused: dropout == 0 && !returnsScores)
        if let mask {
            scores =
                form.adds
                ? try context.lowering(scores, outside: mask, halfPenalty: form.halfPenalty)
                : try context.hiding(scores, outside: mask)
        }
        var weights = try context.append(Softmax(axis: -1), scores, as: "weights")
        if form.clears, let mask {
            let zero = try context.scalar(0, like: weights, "zero")
            weights = try context.append(Where(), mask, weights, zero, as: "visible_weights")
        }
        let heads = try context.append(MatMul(), weights, v)
        let shape = try outputShape ?? [context.extent(queryInput.operand, -1)]
        let result = try output.join(
            gated(heads, queryInput.operand, context), heads: queryHeadCount, size: valueSize,
            shape: shape, context)
        var outputs = [KerasValue(result, mask: knowsMasks(context) ? queryInput.mask : nil)]
        if returnsScores { outputs.append(KerasValue(weights)) }
        if takesMasks, context.semantics.isKeras3(since: 8) {
            for input in [queryInput, valueInput, keyInput] {
                context.build.setMask(nil, of: input.operand)
            }
        }
        return outputs
    }

    /// Each head of keys or values once for each query head of its group, next to each other.
    private func repeated(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let groupSize = queryHeadCount / keyHeadCount
        guard groupSize > 1 else { return x }
        let heads = (0..<queryHeadCount).map { Int64($0 / groupSize) }
        return try context.append(
            Gather(axis: 1), x, context.constant(Tensor(heads), "groups"), as: "repeated")
    }

    /// The heads `[N, heads, T, size]` times what the gate lets through.
    private func gated(
        _ heads: Operand, _ queryInput: Operand, _ context: LayerContext
    ) throws -> Operand {
        guard usesGate else { return heads }
        let opened = try gate.split(
            queryInput, heads: queryHeadCount, size: valueSize, context)
        let amount = try context.append(Sigmoid(), opened, as: "gate_amount")
        return try context.append(Mul(), heads, amount, as: "gated")
    }

    /// What may be seen, broadcast to `[N, heads, T, S]`: the steps that count, by their own masks
    /// and by those that the call gives.
    private func mask(
        _ call: LayerCall, _ query: KerasValue, _ value: KerasValue, _ key: KerasValue,
        _ context: LayerContext
    ) throws -> Operand? {
        func steps(_ name: String, _ own: Operand?, _ axes: [Int]) throws -> Operand? {
            let given = call.tensor(name, .max)?.operand
            guard let mask = given ?? (knowsMasks(context) ? own : nil) else { return nil }
            return try context.append(Unsqueeze(axes: axes), context.boolean(mask), as: name)
        }
        // Where the layer takes masks away, it has replaced an argument with the query's own.
        let queryName = takesMasks && context.semantics.isKeras3(since: 8) ? "" : "query_mask"
        let masks = [
            try steps(queryName, query.mask, [1, 3]), try steps("value_mask", value.mask, [1, 2]),
            try steps("key_mask", key == value ? nil : key.mask, [1, 2]),
            try call.tensor("attention_mask", .max).map { given in
                let mask = try context.boolean(given.operand)
                return try context.rank(mask) == 3
                    ? context.append(Unsqueeze(axes: [1]), mask, as: "attention_mask") : mask
            },
            try context.visibility(
                query.operand, key.operand, axis: 1, isCausal: call.flag("use_causal_mask"),
                window: window),
        ]
        return try context.all(masks)
    }
}

// MARK: - What masks do in each version

extension HeadAttention {
    /// Whether the layer respects the masks that come with its inputs: `tf.keras` began in 2.10.
    private func knowsMasks(_ context: LayerContext) -> Bool {
        context.semantics.isTensorFlowKeras(since: 10)
    }

    /// How weights are made of scores of which a mask hides some.
    private struct Masked {
        /// Whether a large negative number is added to what is hidden, rather than put there.
        var adds: Bool
        /// What half precision adds.
        var halfPenalty: Double
        /// Whether the weights of what is hidden are 0 also where nothing else is visible.
        var clears: Bool

        /// The form of a version.
        ///
        /// - Parameter isFused: Whether a call needs nothing but the result: from Keras 3.7 on,
        ///   the backend's own attention makes it.
        init(_ semantics: KerasSemantics, isFused: Bool) {
            let isFused = isFused && semantics.isKeras3(since: 7)
            adds = !isFused && !semantics.isKeras3(since: 13)
            clears = !isFused && semantics.isKeras3(since: 10)
            halfPenalty = semantics.generation == .keras3 ? -3e4 : -65504
        }
    }
}
