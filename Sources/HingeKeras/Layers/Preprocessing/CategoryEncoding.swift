import HingeGraph
import HingeOperators

/// Indices as vectors with a place for each category.
///
/// Source: Keras `CategoryEncoding(num_tokens, output_mode="multi_hot")`.
struct CategoryEncodingLayer: KerasLayer {
    /// The number of categories.
    var tokenCount: Int
    /// What a vector says.
    var outputMode = CategoryMode.multiHot
}

extension CategoryEncodingLayer {
    static let className = "CategoryEncoding"

    init(_ config: ConfigReader) throws {
        tokenCount = try config.requiredPositive("num_tokens")
        outputMode = try config.categoryMode(
            default: .multiHot, allowed: [.multiHot, .count, .oneHot])
    }

    var castsInputs: Bool { false }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let indices = try context.append(
            Cast(to: .int64), call.input().operand, as: "indices")
        // Keras 3 takes the type of the variables.
        let isKeras3 = context.semantics.generation == .keras3
        let type = isKeras3 ? context.policy.variable : context.policy.compute
        let weights = try call.tensor("count_weights", 1).map {
            try context.append(Cast(to: type), $0.operand, as: "cast")
        }
        if weights != nil, outputMode != .count {
            throw HingeError(.badData, "expected weights only of counts")
        }
        return [
            KerasValue(
                try context.encode(
                    indices, outputMode, depth: tokenCount, as: type, weights: weights))
        ]
    }

    func write(_ config: inout ConfigWriter) {
        config["num_tokens"] = .integer(tokenCount)
        config["output_mode"] = .string(outputMode.rawValue)
    }
}
