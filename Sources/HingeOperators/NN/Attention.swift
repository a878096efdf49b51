import HingeGraph

/// `softmax(q · kᵀ · scale + mask) · v`, for each head of each sample.
///
/// Inputs: query, key and value, `[N, L, H·D]` with the numbers of heads stated, or `[N, H, L, D]`; optional: a mask, which
/// broadcasts to the scores `[N, H, L, T]` and is added to them, or, of booleans, tells which keys take part; past keys
/// and values, `[N, H, P, D]`, which come before the others; and the number of keys that count in each sample, `[N]`.
/// N is the batch, L the length, H the heads, D the size of a head, P the length of what is past, T the number of keys
/// altogether. Query may have a multiple of the heads of key and value, neighbouring ones of which share one of those.
///
/// Outputs: the result, in the form of the query; optional: all keys and values, `[N, H, T, D]`, and the scores. A query that
/// no key is left for gives zeros.
///
/// Source: ONNX Attention 23, 24, 25; Vaswani et al., "Attention is all you need", 2017.
public struct Attention: Operator {
    /// The number of heads of the query, for inputs of three dimensions.
    public var queryHeadCount: Int?
    /// The number of heads of key and value, for inputs of three dimensions.
    public var keyHeadCount: Int?
    /// What products are multiplied by; `nil` for `1 / √D`.
    public var scale: Float?
    /// Whether a query takes no key into account that comes after it.
    public var isCausal = false
    /// What scores are kept below by `softcap · tanh(score / softcap)`; 0 for nothing.
    public var softcap: Float = 0
    /// Which scores are given out.
    public var scoreOutput = ScoreOutput.products
    /// The element type that the softmax is computed in, if another one.
    public var softmaxType: DataType?
    /// How many keys before it a query takes into account; `nil` for all.
    public var leftWindow: Int?
    /// How many keys after it a query takes into account; `nil` for all.
    public var rightWindow: Int?
    /// Whether a mask for fewer keys than there are leaves out the others; otherwise one for one key is for all.
    public var padsMask = true

    /// Which scores are given out: in what state.
    public enum ScoreOutput: Int, Sendable, Hashable, CaseIterable {
        /// `q · kᵀ · scale`.
        case products
        /// After the cap.
        case capped
        /// After the cap and the mask.
        case masked
        /// After the softmax.
        case probabilities
    }

    /// Creates the operator for inputs of four dimensions.
    public init(scale: Float? = nil, isCausal: Bool = false) {
        self.scale = scale
        self.isCausal = isCausal
    }

    /// Creates the operator for inputs of three dimensions.
    public init(
        queryHeadCount: Int, keyHeadCount: Int, scale: Float? = nil, isCausal: Bool = false
    ) {
        self.init(scale: scale, isCausal: isCausal)
        self.queryHeadCount = queryHeadCount
        self.keyHeadCount = keyHeadCount
    }
}

public extension Attention {
    static let type = "Attention"

    init(_ node: NodeReader) throws {
        self.init(
            scale: try node.float("scale"), isCausal: try node.flag("is_causal", default: false))
        if node.inputTypes.first??.shape?.rank != 4 {
            queryHeadCount = try node.int("q_num_heads")
            keyHeadCount = try node.int("kv_num_heads")
        }
        for (name, count) in [("q_num_heads", queryHeadCount), ("kv_num_heads", keyHeadCount)] {
            if let count, count < 1 {
                throw node.error(name, "expected 1 or more, found \(count)")
            }
        }
        softcap = try node.float("softcap", default: 0)
        let mode = try node.int("qk_matmul_output_mode", default: 0)
        guard let output = ScoreOutput(rawValue: mode) else {
            throw node.error("qk_matmul_output_mode", "expected 0 to 3, found \(mode)")
        }
        scoreOutput = output
        softmaxType = try node.dataType("softmax_precision")
        leftWindow = try Attention.window("left_window_size", node)
        rightWindow = try Attention.window("right_window_size", node)
        padsMask = node.opset >= 24
    }

    private static func window(_ name: String, _ node: NodeReader) throws -> Int? {
        let size = try node.int(name, default: -1)
        guard size >= -1 else {
            throw node.error(name, "expected -1 or more, found \(size)")
        }
        return size < 0 ? nil : size
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let types = AttentionTypes(context)
        let (query, key, value) = (
            try types.heads(0, queryHeadCount), try types.heads(1, keyHeadCount),
            try types.heads(2, keyHeadCount)
        )
        try types.check()
        var outputs = [Inferred](repeating: Inferred(), count: 4)
        for (index, source) in [0, 1, 2, 0].enumerated() {
            outputs[index] = .tensor(context.dataType(source), nil)
        }
        guard let query, let value else { return outputs }
        let batch = try query[0].merged(with: key?[0] ?? .unknown).merged(with: value[0])
        let isFlat = context.shape(0)?.rank == 3
        let hidden = Shape.Dimension.product([query[1], value[3]])
        let size = queryHeadCount == keyHeadCount ? context.shape(2)?.dimensions.last : nil
        outputs[0] = .tensor(
            context.dataType(0),
            isFlat
                ? [batch, query[2], hidden == .unknown ? size ?? .unknown : hidden]
                : [batch, query[1], query[2], value[3]])
        guard let key else { return outputs }
        try context.require(
            query[3].agrees(with: key[3]),
            "expected heads of query and key of one size, found \(query[3]) and \(key[3])")
        if let heads = query[1].extent, let others = key[1].extent {
            try context.require(
                others > 0 && heads % others == 0,
                "\(heads) heads of the query cannot share \(others) of the key")
        }
        let heads = try key[1].merged(with: value[1])
        let length = try key[2].merged(with: value[2])
        let past = context.has(4) ? context.shape(4)?.dimensions[safely: 2] ?? .unknown : 0
        let total = Shape.Dimension.sum([past, length])
        outputs[1] = .tensor(context.dataType(1), [batch, heads, total, key[3]])
        outputs[2] = .tensor(context.dataType(2), [batch, heads, total, value[3]])
        outputs[3] = .tensor(context.dataType(0), [batch, query[1], query[2], total])
        try types.checkMask(over: [batch, query[1], query[2], total], isPadded: padsMask)
        return outputs
    }

    /// Those of the query and all keys, and of the probabilities and all values.
    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        guard let query = context.countedExtents(0), let size = outputs.countedSize,
            let scores = try? infer(context)[3].type?.shape
        else { return 0 }
        let keyCount = scores.dimensions.last?.extent ?? 1
        return Extent.product(of: [
            keyCount, Extent.sum(of: [Extent.product(of: query), size]),
        ])
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        guard context.has(6) else { return [:] }
        let key = context.shape(1)?.dimensions
        return [6: .count(upTo: key.flatMap { $0[safely: $0.count - 2]?.extent })]
    }
}

/// What is known of the inputs of ``Attention``.
private struct AttentionTypes {
    let context: InferenceContext

    init(_ context: InferenceContext) { self.context = context }

    /// Query, key or value as `[N, H, L, D]`.
    func heads(_ index: Int, _ count: Int?) throws -> Shape? {
        guard let shape = context.shape(index) else { return nil }
        if let rank = context.shape(0)?.rank {
            try context.require(
                shape.rank == rank,
                "expected query, key and value of one rank, found \(rank) and \(shape.rank)")
        }
        switch shape.rank {
        case 4: return shape
        case 3:
            guard let count else {
                throw HingeError(
                    .mismatch, "expected the numbers of heads for inputs of three dimensions")
            }
            if let hidden = shape[2].extent {
                try context.require(
                    hidden % count == 0, "\(hidden) columns cannot be divided into \(count) heads")
            }
            return [shape[0], .known(count), shape[1], shape[2].quotient(by: count)]
        default:
            throw HingeError(
                .mismatch, "expected inputs of three or four dimensions, found \(shape)")
        }
    }

    /// Checks which inputs are given.
    func check() throws {
        try context.require(
            context.has(4) == context.has(5), "expected past keys and values together")
        try context.require(
            !(context.has(4) && context.has(6)),
            "past keys and the number of keys that count exclude each other")
        for index in [4, 5] {
            guard let past = context.shape(index) else { continue }
            try context.require(
                past.rank == 4, "expected input \(index) of four dimensions, found \(past)")
        }
    }

    /// Checks that the mask broadcasts to the scores.
    func checkMask(over scores: Shape, isPadded: Bool) throws {
        guard let mask = context.shape(3) else { return }
        try context.require(
            (1...4).contains(mask.rank), "expected a mask of one to four dimensions, found \(mask)")
        for (index, (found, wanted)) in zip(
            mask.dimensions.reversed(), scores.dimensions.reversed()
        ).enumerated() {
            guard let extent = found.extent, let limit = wanted.extent else { continue }
            let fits = index == 0 && isPadded ? extent <= limit : extent == 1 || extent == limit
            try context.require(fits, "a mask of shape \(mask) does not broadcast to \(scores)")
        }
    }
}

extension [Shape.Dimension] {
    /// The dimension at an index, if there is one.
    fileprivate subscript(safely index: Int) -> Shape.Dimension? {
        indices.contains(index) ? self[index] : nil
    }
}

extension Attention: RespelledOperator {
    static var derivativeVersion: Int { 22 }
}
