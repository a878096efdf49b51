/// Attention in several heads, each with projections of its own: `[N, T, D]` queries over
/// `[N, S, D]` values.
///
/// It is called with the query, the value, and perhaps a key. N is the batch, T and S the steps, D
/// the features.
///
/// Source: Keras `MultiHeadAttention(num_heads, key_dim, value_dim, use_bias, output_shape, …)`;
/// the kernels are `[D, heads, size]`, and of the output `[heads, size, D]`. Vaswani et al.,
/// "Attention is all you need", 2017.
struct MultiHeadAttentionLayer: KerasLayer {
    /// The fields.
    var attention: HeadAttention
}

extension MultiHeadAttentionLayer {
    static let className = "MultiHeadAttention"

    init(_ config: ConfigReader) throws {
        let heads = try config.requiredPositive("num_heads")
        let size = try config.requiredPositive("key_dim")
        attention = HeadAttention(
            queryHeadCount: heads, keyHeadCount: heads, keySize: size,
            valueSize: try config.positive("value_dim") ?? size)
        attention.takesMasks = true
        try attention.readShared(config)
        attention.outputShape = try config.ints("output_shape")
        let sizes = attention.outputShape ?? []
        guard sizes.allSatisfy({ (1...ConfigReader.greatest).contains($0) }) else {
            throw config.error("output_shape", "expected positive integers, found \(sizes)")
        }
        attention.axes = try config.ints("attention_axes")
    }

    var variables: LayerVariables { attention.variables }
    var masking: Masking { .own }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        try attention.build(call, context)
    }

    func write(_ config: inout ConfigWriter) {
        config["num_heads"] = .integer(attention.queryHeadCount)
        config["key_dim"] = .integer(attention.keySize)
        config.set("value_dim", attention.valueSize, default: attention.keySize) { .integer($0) }
        if let shape = attention.outputShape { config["output_shape"] = .integers(shape) }
        if let axes = attention.axes { config["attention_axes"] = .integers(axes) }
        attention.writeShared(&config)
    }
}
