import HingeGraph
import HingeOperators

/// `[N, height, width, C]` enlarged by whole factors, N the batch and C the channels.
///
/// Source: Keras `UpSampling2D(size=2, interpolation="nearest")`.
struct UpSampling2DLayer: UpSamplingLayer {
    static let className = "UpSampling2D"
    static let spatialRank = 2
    var size: [Int]
    var dataFormat = DataFormat.channelsLast
    /// How elements between others are made.
    var interpolation = Interpolation.nearest
}

extension UpSampling2DLayer {
    init(_ config: ConfigReader) throws {
        size = try config.tuple("size", count: 2, default: 2)
        dataFormat = try config.dataFormat()
        interpolation = try config.interpolation(default: .nearest)
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        if interpolation == .nearest { return try repeating(x, context) }
        try context.requireRank(x, 4...4)
        if interpolation.kernel != nil {
            let first = dataFormat == .channelsLast ? 1 : 2
            let sizes = try (0..<2).map { axis in
                let (product, isTooLarge) = try context.extent(x, first + axis)
                    .multipliedReportingOverflow(by: size[axis])
                guard !isTooLarge else {
                    throw HingeError(.limit, "the image is too large", at: [.field("size")])
                }
                return product
            }
            return try context.resized(x, interpolation, to: sizes, dataFormat)
        }
        var resize = context.resize(interpolation, to: [0, 0])
        if interpolation == .bilinear, context.semantics.isBilinearAsymmetric {
            resize.coordinates = .asymmetric
        }
        resize.sizes = nil
        resize.scales = size.map { Float($0) }
        return try context.append(context.laidOut(resize, dataFormat), x)
    }

    func write(_ config: inout ConfigWriter) {
        config["size"] = .integers(size)
        config.set(dataFormat)
        config["interpolation"] = .string(interpolation.rawValue)
    }
}
