import HingeGraph
import HingeOperators

/// All axes but the batch as one: `[N, …]` to `[N, product]`, channels last.
///
/// Source: Keras `Flatten(data_format)`.
struct FlattenLayer: UnaryKerasLayer {
    /// Where the channels are; they go last before the axes become one.
    var dataFormat = DataFormat.channelsLast
}

extension FlattenLayer {
    static let className = "Flatten"

    init(_ config: ConfigReader) throws {
        dataFormat = try config.dataFormat()
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let rank = try context.rank(x)
        guard rank > 1 else { return try context.append(Unsqueeze(axes: [1]), x) }
        guard dataFormat == .channelsFirst, rank > 2 else {
            return try context.append(Flatten(), x)
        }
        let permutation = ChannelsLast.permutationToLast(rank: rank)
        return try context.append(
            Flatten(), context.append(Transpose(permutation), x, as: "channels_last"))
    }

    func write(_ config: inout ConfigWriter) {
        config.set(dataFormat)
    }
}
