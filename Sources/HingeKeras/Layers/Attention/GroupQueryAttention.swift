/// Attention in several heads, of which groups share keys and values.
///
/// It is called with the query, the value, and perhaps a key.
///
/// Source: Keras `GroupQueryAttention(head_dim, num_query_heads, num_key_value_heads, …)`. Ainslie
/// et al., "GQA: training generalized multi-query transformer models from multi-head checkpoints",
/// 2023.
struct GroupQueryAttentionLayer: KerasLayer {
    /// The fields.
    var attention: HeadAttention
}

extension GroupQueryAttentionLayer {
    static let className = "GroupQueryAttention"
    static let otherClassNames = ["GroupedQueryAttention"]

    init(_ config: ConfigReader) throws {
        let queries = try config.requiredPositive("num_query_heads")
        let keys = try config.requiredPositive("num_key_value_heads")
        guard queries % keys == 0 else {
            throw config.error(
                "num_key_value_heads", "expected a divisor of \(queries), found \(keys)")
        }
        let size = try config.requiredPositive("head_dim")
        attention = HeadAttention(
            queryHeadCount: queries, keyHeadCount: keys, keySize: size, valueSize: size)
        try attention.readShared(config)
    }

    var variables: LayerVariables { attention.variables }
    var masking: Masking { .own }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        try attention.build(call, context)
    }

    func write(_ config: inout ConfigWriter) {
        config["head_dim"] = .integer(attention.keySize)
        config["num_query_heads"] = .integer(attention.queryHeadCount)
        config["num_key_value_heads"] = .integer(attention.keyHeadCount)
        attention.writeShared(&config)
    }
}
