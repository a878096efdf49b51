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
        let type = try context.dataType(x)
        let isKeras3 = context.semantics.generation == .keras3
        if isKeras3, type.isInteger {
            return try integers(resized(x, context), type, context)
        }
        return try resized(x, context)
    }

    /// Numbers rounded to integers of a type, as near as that has them.
    private func integers(
        _ x: Operand, _ type: DataType, _ context: LayerContext
    ) throws -> Operand {
        let rounded = try context.append(Round(), x, as: "rounded")
        let (low, high) = type.integerRange
        let bounded = try context.clip(rounded, low, high, as: "bounded")
        return try context.append(Cast(to: type), bounded)
    }

    private func resized(_ x: Operand, _ context: LayerContext) throws -> Operand {
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
                SliceOf(
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
        return try context.resized(
            x, interpolation, to: [height, width], isAntialiased: isAntialiased, dataFormat)
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

extension DataType {
    /// The least and the greatest integer of a type of integers, as floating-point numbers that the
    /// type has.
    var integerRange: (low: Double, high: Double) {
        // 64 bits: the greatest number below the bound that single precision has.
        let bits = bitWidth
        let span = Double(
            sign: .plus, exponent: isUnsignedInteger ? bits : bits - 1, significand: 1)
        let high = bits > 24 ? Double(Float(span).nextDown) : span - 1
        return (isUnsignedInteger ? 0 : -span, high)
    }
}
