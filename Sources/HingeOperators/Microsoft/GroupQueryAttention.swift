import HingeGraph

/// Attention of which several heads of the query share one of key and value, with the keys and values of earlier tokens.
///
/// Inputs: query, `[N, L, H·D]`, key and value, `[N, L, G·D]`, or all three side by side in the first; past keys and values,
/// optional, `[N, G, P, D]`, of which what each sample has comes first; the number of keys of each sample less one, `int32[N]`;
/// the largest number of keys T, `int32[]`; optional: cosines and sines to turn query and key by, `[M, R / 2]`; positions,
/// `int64[N, L]`; numbers to add to the scores, `[N, H, L, T]` or what broadcasts to it; the sink of each head of the query, `[H]`:
/// the score of one more key, whose value is zero. Outputs: the result, `[N, L, H·D]`; all keys and values, `[N, G, C, D]`;
/// optional: scores, `[N, H, L, T]`. N is the batch, L the length, H the heads of the query, G those of key and value, D the
/// size of a head, M the number of positions, R the number of elements of a head that are turned, C the larger of P and T.
///
/// Where T is L, nothing is past.
///
/// Source: ONNX Runtime's GroupQueryAttention 1 of the domain com.microsoft; Ainslie et al., "GQA: Training generalized
/// multi-query transformer models from multi-head checkpoints", 2023.
public struct GroupQueryAttention: MicrosoftOperator {
    /// The number of heads of the query.
    public var queryHeadCount: Int
    /// The number of heads of key and value.
    public var keyHeadCount: Int
    /// What products are multiplied by; `nil` for `1 / √D`.
    public var scale: Float?
    /// What scores are kept below by `softcap · tanh(score / softcap)`; 0 for nothing.
    public var softcap: Float = 0
    /// How many keys a query takes into account, its own included; `nil` for all.
    public var window: Int?
    /// Whether a query takes no key into account that comes after it.
    public var isCausal = true
    /// Whether query and key are turned.
    public var isRotary = false
    /// Whether pairs to turn are neighbours.
    public var isInterleaved = false
    /// Whether each head of the query has a sink of 0, unless sinks are given.
    public var isSmooth = false
    /// Which scores are given out, if any.
    public var scoreOutput: ScoreOutput?

    /// Which scores are given out, 0 where a key isn't taken into account.
    public enum ScoreOutput: Int, Sendable, Hashable, CaseIterable {
        /// Products, scaled, held below the cap and with what is added to them.
        case products = 1
        /// What the softmax makes of them, without the sink's.
        case probabilities
    }

    /// Creates the operator.
    public init(queryHeadCount: Int, keyHeadCount: Int) {
        self.queryHeadCount = queryHeadCount
        self.keyHeadCount = keyHeadCount
    }
}

public extension GroupQueryAttention {
    static let type = "GroupQueryAttention"

    init(_ node: NodeReader) throws {
        queryHeadCount = try node.required("num_heads", node.int("num_heads"))
        keyHeadCount = try node.required("kv_num_heads", node.int("kv_num_heads"))
        guard keyHeadCount > 0, queryHeadCount > 0, queryHeadCount % keyHeadCount == 0 else {
            throw node.error(
                "num_heads",
                "expected a multiple of the \(keyHeadCount) heads of the key, found "
                    + "\(queryHeadCount)")
        }
        let scale = try node.float("scale", default: 0)
        self.scale = scale == 0 ? nil : scale
        softcap = try node.float("softcap", default: 0)
        let window = try node.int("local_window_size", default: -1)
        self.window = window > 0 ? window : nil
        isCausal = try node.flag("causal", default: true)
        isRotary = try node.flag("do_rotary", default: false)
        isInterleaved = try node.flag("rotary_interleaved", default: false)
        isSmooth = try node.int("smooth_softmax", default: -1) == 1
        let scores = try node.int("qk_output", default: 0)
        scoreOutput = ScoreOutput(rawValue: scores)
        guard scores == 0 || scoreOutput != nil else {
            throw node.error("qk_output", "expected 0 to 2, found \(scores)")
        }
        try Self.requirePlain(node)
    }

    /// - Throws: ``HingeError`` with the code `unsupported` when the node asks for what isn't supported.
    private static func requirePlain(_ node: NodeReader) throws {
        guard try node.int("sliding_window_cache", default: 0) == 0 else {
            throw HingeError(
                .unsupported, "expected 0: another value is not supported",
                at: [.attribute("sliding_window_cache")])
        }
        for name in ["k_quant_type", "v_quant_type"] {
            guard try node.string(name) ?? "NONE" == "NONE" else {
                throw HingeError(
                    .unsupported, "quantized keys and values are not supported",
                    at: [.attribute(name)])
            }
        }
        guard !(12..<17).contains(where: { node.hasInput($0) }) else {
            throw HingeError(
                .unsupported,
                "quantized or normalized keys, and lengths of queries, are not supported")
        }
    }

    var attributes: [Attribute] {
        var attributes: [Attribute] = [
            .int("kv_num_heads", keyHeadCount), .int("num_heads", queryHeadCount),
        ]
        if let scale { attributes.append(.float("scale", scale)) }
        if softcap != 0 { attributes.append(.float("softcap", softcap)) }
        if let window { attributes.append(.int("local_window_size", window)) }
        if !isCausal { attributes.append(.int("causal", 0)) }
        if isRotary { attributes.append(.int("do_rotary", 1)) }
        if isInterleaved { attributes.append(.int("rotary_interleaved", 1)) }
        if isSmooth { attributes.append(.int("smooth_softmax", 1)) }
        if let scoreOutput { attributes.append(.int("qk_output", scoreOutput.rawValue)) }
        return attributes
    }

    /// As far as it can be told without the number of keys.
    func infer(_ context: InferenceContext) throws -> [Inferred] {
        do {
            return try Composition(self, context.inputs, outputCount: context.outputCount)
                .outputFacts
        } catch let error as HingeError where error.code == .unsupported {
            let type = context.dataType(0)
            guard let query = context.shape(0), query.rank == 3 else {
                return [Inferred](repeating: .tensor(type, nil), count: context.outputCount)
            }
            let size = query[2].extent.map { $0 / headsInQuery(context.has(1)) }
            let result: Shape = [
                query[0], query[1],
                size.map { .known(Extent.product(of: [$0, queryHeadCount])) } ?? .unknown,
            ]
            let present: Shape = [
                query[0], .known(keyHeadCount), .unknown, size.map { .known($0) } ?? .unknown,
            ]
            let cacheType = context.has(3) ? context.dataType(3) : type
            let scores: Shape = [query[0], .known(queryHeadCount), query[1], .unknown]
            return (0..<context.outputCount).map { index in
                switch index {
                case 0: .tensor(type, result)
                case 3: .tensor(type, scores)
                default: .tensor(cacheType, present)
                }
            }
        }
    }

    /// The number of heads that lie side by side in the first input.
    private func headsInQuery(_ hasKey: Bool) -> Int {
        hasKey ? queryHeadCount : Extent.sum(of: [queryHeadCount, keyHeadCount, keyHeadCount])
    }

    func compose(_ steps: inout Composition) throws {
        var (query, key, value) = try heads(&steps)
        guard let length = try steps.knownShape(query)[2].extent,
            let total = steps.fact(try steps.input(6)).elements?.first?.extent
        else { throw steps.unknown("the length and the number of keys") }
        let isPrompt = length == total
        let counts = try counts(&steps)
        var starts: Composition.Operand?
        if !isPrompt {
            starts = try steps.append(Sub(), counts, steps.integer(length))
        }
        if isRotary {
            let positions = try positions(
                of: query, length, starts, isPrompt: isPrompt, &steps)
            let rotary = RotaryEmbedding(isInterleaved: isInterleaved)
            (query, key) = (
                try turned(query, by: rotary, positions, &steps),
                try turned(key, by: rotary, positions, &steps)
            )
        }
        let rows = try [(3, key), (4, value)].map { index, new in
            try present(past: index, new, starts, total, &steps)
        }
        for (index, row) in rows.enumerated() { steps.give(row, as: index + 1) }
        var attention = Attention(scale: scale, isCausal: isCausal)
        attention.softcap = softcap
        attention.leftWindow = window.map { $0 - 1 }
        // The keys of a prompt are those that are given; a query sees none after it.
        let (keys, values) = isPrompt ? (key, value) : (rows[0], rows[1])
        let valid = isPrompt && isCausal ? nil : counts
        let result: Composition.Operand
        if isSmooth || steps.optionalInput(11) != nil || steps.wants(3) {
            let mask = try mask(length, total, starts, valid, &steps)
            let counted = try [keys, values].map {
                try steps.append(SliceOf(starts: [0], ends: [total], axes: [2]), $0)
            }
            result = try masked([query] + counted, by: mask, attention, &steps)
        } else {
            result = try steps.append(
                attention, query, keys, values, steps.optionalInput(10), nil, nil, valid)
        }
        let flat = try steps.append(Transpose([0, 2, 1, 3]), result)
        steps.give(try steps.append(Reshape(shape: [0, 0, -1]), flat))
    }

    /// Query, key and value as `[N, H, L, D]`.
    private func heads(
        _ steps: inout Composition
    ) throws -> (Composition.Operand, Composition.Operand, Composition.Operand) {
        let query = try steps.input(0)
        func split(_ operand: Composition.Operand, _ count: Int) throws -> Composition.Operand {
            _ = try steps.knownShape(operand, rank: 3)
            let heads = try steps.append(Reshape(shape: [0, 0, count, -1]), operand)
            return try steps.append(Transpose([0, 2, 1, 3]), heads)
        }
        guard let key = steps.optionalInput(1) else {
            let all = try split(query, headsInQuery(false))
            let parts = try steps.append(
                Split(axis: 1, sizes: [queryHeadCount, keyHeadCount, keyHeadCount]), [all],
                outputCount: 3)
            return (parts[0], parts[1], parts[2])
        }
        return (
            try split(query, queryHeadCount), try split(key, keyHeadCount),
            try split(steps.input(2), keyHeadCount)
        )
    }

    /// The number of keys of each sample, `int64[N]`.
    private func counts(_ steps: inout Composition) throws -> Composition.Operand {
        let lengths = try steps.append(Cast(to: .int64), steps.input(5))
        let flat = try steps.append(Reshape(shape: [-1]), lengths)
        return try steps.append(Add(), flat, steps.integer(1))
    }

    /// The position of each token, `int64[N, L]`.
    private func positions(
        of query: Composition.Operand, _ length: Int, _ starts: Composition.Operand?,
        isPrompt: Bool, _ steps: inout Composition
    ) throws -> Composition.Operand {
        let given = steps.optionalInput(9)
        if !isPrompt, let given { return given }
        var places = try steps.counting(steps.integer(length))
        if let given {
            let flat = try steps.append(Reshape(shape: [-1]), given)
            let first = try steps.append(Gather(axis: 0), flat, steps.integer(0))
            places = try steps.append(Add(), places, first)
        } else if let starts {
            let column = try steps.append(Unsqueeze(axes: [1]), starts)
            places = try steps.append(Add(), column, places)
        }
        let batch = try steps.append(Reshape(shape: [1]), steps.extent(query, 0))
        let target = try steps.append(
            Concat(axis: 0), batch, steps.constant(Tensor([Int64(length)])))
        return try steps.append(Expand(), places, target)
    }

    private func turned(
        _ heads: Composition.Operand, by rotary: RotaryEmbedding,
        _ positions: Composition.Operand, _ steps: inout Composition
    ) throws -> Composition.Operand {
        let (cosines, sines) = (try steps.input(7), try steps.input(8))
        guard let half = try steps.knownShape(cosines, rank: 2)[1].extent else {
            throw steps.unknown("the number of elements to turn")
        }
        var rotary = rotary
        rotary.rotatedCount = Extent.product(of: [half, 2])
        return try steps.append(rotary, heads, cosines, sines, positions)
    }

    /// Past and new rows, `[N, G, C, D]`.
    private func present(
        past index: Int, _ new: Composition.Operand, _ starts: Composition.Operand?, _ total: Int,
        _ steps: inout Composition
    ) throws -> Composition.Operand {
        guard let past = steps.optionalInput(index) else { return new }
        guard let count = try steps.knownShape(past, rank: 4)[2].extent else {
            throw steps.unknown("the length of what is past")
        }
        var cache = past
        if count < total {
            cache = try steps.append(Pad(pads: [0, 0, 0, 0, 0, 0, total - count, 0]), past)
        }
        return try steps.append(TensorScatter(axis: 2), cache, new, starts)
    }
}
