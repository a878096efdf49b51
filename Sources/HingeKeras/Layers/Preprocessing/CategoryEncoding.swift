import HingeGraph
import HingeOperators

/// Indices as vectors with a place for each category.
///
/// Source: Keras `CategoryEncoding(num_tokens, output_mode="multi_hot")`.
struct CategoryEncodingLayer: KerasLayer {
    /// The number of categories.
    var tokenCount: Int
    /// What a vector says.
    var outputMode = OutputMode.multiHot

    /// What a vector says of the indices along the last axis.
    enum OutputMode: String, CaseIterable, Sendable {
        /// Which categories occur.
        case multiHot = "multi_hot"
        /// How often each category occurs.
        case count
        /// Each index has a vector of its own.
        case oneHot = "one_hot"
    }
}

extension CategoryEncodingLayer {
    static let className = "CategoryEncoding"

    init(_ config: ConfigReader) throws {
        tokenCount = try config.requiredPositive("num_tokens")
        let mode = try config.string("output_mode")
        outputMode =
            mode == "binary" ? .multiHot : try config.word("output_mode", default: .multiHot)
        if try config.bool("sparse", default: false) {
            throw config.unsupported("sparse", "sparse outputs are not supported")
        }
    }

    var castsInputs: Bool { false }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let input = try call.input().operand
        if call.tensor("count_weights", 1) != nil {
            throw HingeError(.unsupported, "weights of the counts are not supported")
        }
        var indices = try context.append(Cast(to: .int64), input, as: "indices")
        var shape = try context.shape(input)
        if outputMode == .oneHot, shape.rank > 1, shape[shape.rank - 1].extent == 1 {
            indices = try context.append(Squeeze(axes: [-1]), indices, as: "flat")
            shape.dimensions.removeLast()
        }
        let levels = try context.fold(
            Cast(to: context.policy.compute), [Tensor([0, 1] as [Float])])
        let isOneHot = outputMode == .oneHot
        let vectors = try context.oneHot(
            indices, tokenCount, context.constant(levels, "levels"),
            as: isOneHot ? nil : "vectors")
        switch outputMode {
        case .oneHot: return [KerasValue(vectors)]
        case .multiHot:
            let most = ReduceMax(axes: [-2], keepsDimensions: false)
            return [KerasValue(try context.append(most, vectors))]
        case .count:
            let sum = ReduceSum(axes: [-2], keepsDimensions: false)
            return [KerasValue(try context.append(sum, vectors))]
        }
    }

    func write(_ config: inout ConfigWriter) {
        config["num_tokens"] = .integer(tokenCount)
        config["output_mode"] = .string(outputMode.rawValue)
    }
}
