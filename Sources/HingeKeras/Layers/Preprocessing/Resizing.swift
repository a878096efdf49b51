import HingeGraph
import HingeOperators

/// `[N, height, width, C]` brought to a given height and width, N the batch and C the channels.
///
/// Source: Keras `Resizing(height, width, interpolation="bilinear", crop_to_aspect_ratio=False,
/// pad_to_aspect_ratio=False, fill_value=0, antialias=False)`.
struct ResizingLayer: UnaryKerasLayer {
    /// The height of the result.
    var height: Int
    /// The width of the result.
    var width: Int
    /// How elements between others are made.
    var interpolation = Interpolation.bilinear
    /// Whether the borders are cut off first, so that the proportions stay.
    var cropsToAspectRatio = false
    /// Whether borders are added first, so that the proportions stay.
    var padsToAspectRatio = false
    /// What added borders are filled with.
    var fillValue: Float = 0
    /// Whether elements are weighted over a wider range when the image shrinks.
    var isAntialiased = false
    /// Where the channels are.
    var dataFormat = DataFormat.channelsLast
}

extension ResizingLayer {
    static let className = "Resizing"

    init(_ config: ConfigReader) throws {
        height = try config.requiredPositive("height")
        width = try config.requiredPositive("width")
        interpolation = try config.interpolation(default: .bilinear)
        cropsToAspectRatio = try config.bool("crop_to_aspect_ratio", default: false)
        padsToAspectRatio = try config.bool("pad_to_aspect_ratio", default: false)
        fillValue = try config.float("fill_value", default: 0)
        isAntialiased = try config.bool("antialias", default: false)
        dataFormat = try config.dataFormat()
        if padsToAspectRatio, let mode = try config.string("fill_mode"), mode != "constant" {
            throw config.unsupported("fill_mode", "filling borders by '\(mode)' is not supported")
        }
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.requireRank(x, 4...4)
        var x = x
        if try !context.dataType(x).isFloatingPoint {
            x = try context.append(Cast(to: context.policy.compute), x, as: "cast")
        }
        let first = dataFormat == .channelsLast ? 1 : 2
        if cropsToAspectRatio {
            let (rows, columns) = (
                try context.extent(x, first), try context.extent(x, first + 1)
            )
            let keptRows = min(rows, Int(Double(columns * height) / Double(width)))
            let keptColumns = min(columns, Int(Double(rows * width) / Double(height)))
            let start = [(rows - keptRows) / 2, (columns - keptColumns) / 2]
            x = try context.append(
                Slice(
                    starts: start, ends: [start[0] + keptRows, start[1] + keptColumns],
                    axes: [first, first + 1]), x, as: "cropped")
        } else if padsToAspectRatio {
            let (rows, columns) = (
                try context.extent(x, first), try context.extent(x, first + 1)
            )
            let paddedRows = max(rows, Int(Double(columns * height) / Double(width)))
            let paddedColumns = max(columns, Int(Double(rows * width) / Double(height)))
            var pads = [0, 0, 0, 0]
            pads[first] = (paddedRows - rows) / 2
            pads[first + 1] = (paddedColumns - columns) / 2
            x = try context.append(Pad(pads: pads + pads, value: fillValue), x, as: "padded")
        }
        let resize = context.resize(
            interpolation, to: [height, width], isAntialiased: isAntialiased)
        return try context.append(context.laidOut(resize, dataFormat), x)
    }

    func write(_ config: inout ConfigWriter) {
        config["height"] = .integer(height)
        config["width"] = .integer(width)
        config["interpolation"] = .string(interpolation.rawValue)
        config.set("crop_to_aspect_ratio", cropsToAspectRatio, default: false) { .bool($0) }
        config.set("pad_to_aspect_ratio", padsToAspectRatio, default: false) { .bool($0) }
        config.set("fill_value", fillValue, default: 0) { .number($0.decimal) }
        config.set("antialias", isAntialiased, default: false) { .bool($0) }
        // Keras 2 has no such field there.
        if config.target == .keras3 { config.set(dataFormat) }
    }
}
