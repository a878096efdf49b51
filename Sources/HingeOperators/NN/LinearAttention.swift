import HingeGraph

/// Attention whose past is one matrix for each head, which each token changes before it is read.
///
/// For each token, of query `q`, key `k` and value `v`, the state `S` becomes `decay(S) + k ⊗ update`, and the result is
/// `scale · qᵀ · S`; ``UpdateRule`` says what is decayed and what the update is.
///
/// Inputs: query, `[N, L, H·K]`; key, `[N, L, G·K]`; value, `[N, L, G·V]`; optional: the state, `[N, G, K, V]`, else zeros;
/// the logarithm of the decay, `[N, L, G]` or `[N, L, G·K]`; the rate of the update, `[N, L, G]` or `[N, L, 1]`. Outputs: the
/// result, `[N, L, H·V]`, and the state at the end. N is the batch, L the length, H the heads of the query, G those of key
/// and value, of which neighbouring heads of the query share one, K and V the sizes of a head.
///
/// Source: ONNX LinearAttention 27; Yang, Kautz and Hatamizadeh, "Gated delta networks: Improving Mamba2 with delta rule",
/// 2024.
public struct LinearAttention: Operator {
    /// The number of heads of the query.
    public var queryHeadCount: Int
    /// The number of heads of key and value.
    public var keyHeadCount: Int
    /// What results are multiplied by; 0 for `1 / √K`.
    public var scale: Float
    /// How the state changes.
    public var updateRule: UpdateRule
    /// How many tokens an implementation may work on at once.
    public var chunkSize: Int

    /// How the state changes.
    public enum UpdateRule: String, Sendable, Hashable, CaseIterable {
        /// Nothing is decayed; the update is the value.
        case linear
        /// The state is multiplied by the decay; the update is the value.
        case gated
        /// Nothing is decayed; the update is the rate times what the value is more than the state gives for the key.
        case delta
        /// The state is multiplied by the decay; the update is as that of `delta`.
        case gatedDelta = "gated_delta"

        var isGated: Bool { self == .gated || self == .gatedDelta }
        var isDelta: Bool { self == .delta || self == .gatedDelta }
    }

    /// Creates the operator.
    public init(
        queryHeadCount: Int, keyHeadCount: Int, scale: Float = 0,
        updateRule: UpdateRule = .gatedDelta, chunkSize: Int = 64
    ) {
        self.queryHeadCount = queryHeadCount
        self.keyHeadCount = keyHeadCount
        self.scale = scale
        self.updateRule = updateRule
        self.chunkSize = chunkSize
    }
}

public extension LinearAttention {
    static let type = "LinearAttention"

    init(_ node: NodeReader) throws {
        queryHeadCount = try node.required("q_num_heads", node.int("q_num_heads"))
        keyHeadCount = try node.required("kv_num_heads", node.int("kv_num_heads"))
        guard keyHeadCount > 0, queryHeadCount > 0, queryHeadCount % keyHeadCount == 0 else {
            throw node.error(
                "q_num_heads",
                "expected a multiple of the \(keyHeadCount) heads of the key, found "
                    + "\(queryHeadCount)")
        }
        scale = try node.float("scale", default: 0)
        updateRule = try node.word("update_rule", default: .gatedDelta)
        chunkSize = try node.int("chunk_size", default: 64)
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset >= 27 else { return try spellAsScan(&speller) }
        speller.emit(
            Self.type,
            [
                .int("chunk_size", chunkSize), .int("kv_num_heads", keyHeadCount),
                .int("q_num_heads", queryHeadCount), .float("scale", scale),
                .string("update_rule", updateRule.rawValue),
            ])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        for (index, isNeeded, name) in [
            (4, updateRule.isGated, "a decay"), (5, updateRule.isDelta, "a rate"),
        ] {
            try context.require(
                context.has(index) == isNeeded,
                "expected \(isNeeded ? "" : "no input that is ")\(name) for the update rule "
                    + "'\(updateRule.rawValue)'")
        }
        let type = context.dataType(0)
        let stateType = context.has(3) ? context.dataType(3) : type
        let (query, key, value) = (
            try shape(0, context), try shape(1, context), try shape(2, context)
        )
        let size = try headSize(query, queryHeadCount)
        let valueSize = try headSize(value, keyHeadCount)
        if let own = size.extent, let other = try headSize(key, keyHeadCount).extent {
            try context.require(
                own == other,
                "expected heads of query and key of one size, found \(own) and \(other)")
        }
        let batch = try query[0].merged(with: key[0]).merged(with: value[0])
        let length = try query[1].merged(with: key[1]).merged(with: value[1])
        let heads = Shape.Dimension.known(keyHeadCount)
        let state: Shape = [batch, heads, size, valueSize]
        try check(3, context, [state])
        let columns = Shape.Dimension.product([heads, size])
        try check(4, context, [[batch, length, heads], [batch, length, columns]])
        try check(5, context, [[batch, length, heads], [batch, length, 1]])
        let width = Shape.Dimension.product([.known(queryHeadCount), valueSize])
        return [
            .tensor(type, [batch, length, width]), .tensor(stateType, state),
        ]
    }

    private func shape(_ index: Int, _ context: InferenceContext) throws -> Shape {
        let shape = context.shape(index) ?? .unknown(rank: 3)
        try context.require(
            shape.rank == 3, "expected input \(index) of three dimensions, found \(shape)")
        return shape
    }

    private func headSize(_ shape: Shape, _ count: Int) throws -> Shape.Dimension {
        guard let hidden = shape[2].extent else { return .unknown }
        guard hidden % count == 0 else {
            throw HingeError(
                .mismatch, "\(hidden) columns cannot be divided into \(count) heads")
        }
        return .known(hidden / count)
    }

    /// Checks that an input has one of a few shapes.
    private func check(_ index: Int, _ context: InferenceContext, _ allowed: [Shape]) throws {
        guard let found = context.shape(index) else { return }
        let fits = allowed.contains { expected in
            found.rank == expected.rank
                && zip(found.dimensions, expected.dimensions).allSatisfy {
                    guard let own = $0.extent, let other = $1.extent else { return true }
                    return own == other
                }
        }
        let names = allowed.map { "\($0)" }.joined(separator: " or ")
        try context.require(
            fits, "expected input \(index) of shape \(names), found \(found)")
    }

    /// Those that each token's state is changed and read by.
    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        guard let state = outputs.last?.type?.shape, state.rank == 4,
            let tokens = outputs.first?.type?.shape, tokens.rank == 3
        else { return 0 }
        let (size, valueSize) = (state[2].extent ?? 1, state[3].extent ?? 1)
        let passes = queryHeadCount + keyHeadCount * (updateRule.isDelta ? 2 : 1)
        return Extent.product(of: [
            tokens[0].extent ?? 1, tokens[1].extent ?? 1, passes, size, valueSize,
        ])
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        // A state that grows from token to token, or swings, says nothing in the end.
        var needs: [Int: ElementNeeds] = [:]
        if context.has(4) { needs[4] = .within(-1, 0) }
        if context.has(5) { needs[5] = .within(0, 1) }
        if updateRule.isDelta { needs[1] = .within(-0.5, 0.5) }
        return needs
    }
}

extension LinearAttention: RespelledOperator {
    static var derivativeVersion: Int { 26 }
}
