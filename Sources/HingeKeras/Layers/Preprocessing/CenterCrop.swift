import HingeGraph
import HingeOperators

/// The middle of `[N, height, width, C]`, N the batch and C the channels.
///
/// An image that is smaller is resized, the borders cut off so that the proportions stay.
///
/// Source: Keras `CenterCrop(height, width)`.
struct CenterCropLayer: UnaryKerasLayer {
    /// The height of the result.
    var height: Int
    /// The width of the result.
    var width: Int
    /// Where the channels are.
    var dataFormat = DataFormat.channelsLast
}

extension CenterCropLayer {
    static let className = "CenterCrop"

    init(_ config: ConfigReader) throws {
        height = try config.requiredPositive("height")
        width = try config.requiredPositive("width")
        dataFormat = try config.dataFormat()
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.requireRank(x, 4...4)
        let first = dataFormat == .channelsLast ? 1 : 2
        let (rows, columns) = (try context.extent(x, first), try context.extent(x, first + 1))
        guard rows >= height, columns >= width else {
            return try ResizingLayer(
                height: height, width: width, cropsToAspectRatio: true, dataFormat: dataFormat
            ).build(x, context)
        }
        let start = [(rows - height) / 2, (columns - width) / 2]
        return try context.append(
            SliceOf(
                starts: start, ends: [start[0] + height, start[1] + width],
                axes: [first, first + 1]), x)
    }

    func write(_ config: inout ConfigWriter) {
        config["height"] = .integer(height)
        config["width"] = .integer(width)
        // Keras 2 has no such field there.
        if config.target == .keras3 { config.set(dataFormat) }
    }
}
