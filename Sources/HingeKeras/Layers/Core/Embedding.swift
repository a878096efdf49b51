import HingeGraph
import HingeOperators

/// The row of a table for each index: `[N, …]` to `[N, …, output_dim]`.
///
/// Source: Keras `Embedding(input_dim, output_dim, mask_zero=False)`; `embeddings` is
/// `[input_dim, output_dim]`.
struct EmbeddingLayer: KerasLayer {
    /// The number of rows.
    var inputDimension: Int
    /// The size of a row.
    var outputDimension: Int
    /// Whether index 0 stands for a step that doesn't count.
    var masksZero = false
}

extension EmbeddingLayer {
    static let className = "Embedding"

    init(_ config: ConfigReader) throws {
        inputDimension = try config.requiredPositive("input_dim")
        outputDimension = try config.requiredPositive("output_dim")
        masksZero = try config.bool("mask_zero", default: false)
    }

    var variables: LayerVariables { LayerVariables(["embeddings"]) }
    var masking: Masking { .own }
    var castsInputs: Bool { false }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let input = try call.input().operand
        var indices = input
        let type = try context.dataType(input)
        if type != .int32, type != .int64 {
            // Keras counts in 32 bits: fractions are cut off before anything wraps around.
            indices = try context.append(Cast(to: .int32), input, as: "indices")
        }
        let table = try context.variable("embeddings", [inputDimension, outputDimension])
        let rows = try context.append(Gather(axis: 0), table, indices)
        guard masksZero else { return [KerasValue(rows)] }
        let isZero = try context.append(
            Equal(), input, context.scalar(0, like: input, "zero"), as: "is_zero")
        return [KerasValue(rows, mask: try context.append(Not(), isZero, as: "mask"))]
    }

    func write(_ config: inout ConfigWriter) {
        config["input_dim"] = .integer(inputDimension)
        config["output_dim"] = .integer(outputDimension)
        config.set("mask_zero", masksZero, default: false) { .bool($0) }
    }
}
