import HingeGraph
import HingeOperators

/// The row of a table for each index, and, called with `reverse`, the products of features with the
/// rows: `[N, …]` to `[N, …, output_dim]`, or `[N, …, output_dim]` to `[N, …, input_dim]`.
///
/// Source: Keras 3.12 `ReversibleEmbedding(input_dim, output_dim, tie_weights=True, mask_zero=False,
/// reverse_dtype=None, logit_soft_cap=None)`; `embeddings` is `[input_dim, output_dim]`,
/// `reverse_embeddings`, where the weights aren't tied, `[output_dim, input_dim]`.
struct ReversibleEmbeddingLayer: KerasLayer {
    /// What the layer does when it isn't called with `reverse`.
    var embedding: EmbeddingLayer
    /// Whether both ways have one table.
    var tiesWeights = true
    /// The type in which the products are formed, where that isn't the layer's.
    var reverseType: DataType?
    /// The bound that products approach.
    var softCap: Double?
}

extension ReversibleEmbeddingLayer {
    static let className = "ReversibleEmbedding"

    init(_ config: ConfigReader) throws {
        embedding = try EmbeddingLayer(config)
        tiesWeights = try config.bool("tie_weights", default: true)
        reverseType = try config.string("reverse_dtype").map { name in
            guard let type = DataType(name: name), type.isFloatingPoint else {
                throw config.unsupported("reverse_dtype", "the type '\(name)' is not supported")
            }
            return type
        }
        softCap = try config.number("logit_soft_cap")
    }

    var variables: LayerVariables {
        LayerVariables(["embeddings"] + (tiesWeights ? [] : ["reverse_embeddings"]))
    }

    var masking: Masking { .own }
    var castsInputs: Bool { false }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let isReverse =
            call.flag("reverse") || call.arguments.positional.dropFirst().first?.literal == true
        guard isReverse else { return try embedding.build(call, context) }
        let type = reverseType ?? context.policy.compute
        var x = try call.input().operand
        if try context.dataType(x) != type {
            x = try context.append(Cast(to: type), x, as: "cast")
        }
        let size = [embedding.inputDimension, embedding.outputDimension]
        let kernel = try context.variable("kernel") {
            let kernel =
                tiesWeights
                ? try context.fold(Transpose([1, 0]), [context.weight("embeddings", size)])
                : try context.weight("reverse_embeddings", size.reversed())
            return try context.fold(Cast(to: type), [kernel])
        }
        let product = try context.append(
            MatMul(), x, kernel, as: softCap == nil ? nil : "product")
        guard let softCap else { return [KerasValue(product)] }
        let bound = try context.scalar(softCap, like: product, "soft_cap")
        let part = try context.append(Div(), product, bound, as: "part")
        let bounded = try context.append(Tanh(), part, as: "bounded")
        return [KerasValue(try context.append(Mul(), bounded, bound))]
    }

    func write(_ config: inout ConfigWriter) {
        embedding.write(&config)
        config.set("tie_weights", tiesWeights, default: true) { .bool($0) }
        if let reverseType { config["reverse_dtype"] = .string(reverseType.description) }
        if let softCap { config["logit_soft_cap"] = .number(softCap) }
    }
}
