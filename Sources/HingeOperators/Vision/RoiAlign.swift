import HingeGraph

/// Samples of regions of images, between the elements, in each cell of a grid: their mean or the largest.
///
/// Inputs: `x` `[N, C, H, W]`, the regions `[R, 4]`, each the corners `[x1, y1, x2, y2]`, and the index of the image of each,
/// `int64[R]`. The result: `[R, C, height, width]`. N is the batch, C the channels, H and W are height and width, R is the
/// number of regions. A sample more than one element outside the image is 0.
///
/// Source: ONNX RoiAlign 10, 16, 22; `torchvision.ops.roi_align`; He, Gkioxari, Dollár and Girshick, "Mask R-CNN", 2017,
/// section 3. Regions began half an element later before 16.
public struct RoiAlign: PreparedOperator {
    /// What is made of a cell's samples.
    public var mode: Mode
    /// Whether elements are half an element from the edges of the image, and regions may be of any size; otherwise they begin at
    /// the edges, and regions are at least one element wide and high.
    public var hasHalfPixels: Bool
    /// The height of the grid.
    public var outputHeight: Int
    /// The width of the grid.
    public var outputWidth: Int
    /// The samples along a side of a cell; 0 for as many as it has elements.
    public var samplingRatio: Int
    /// What the coordinates of regions are multiplied by.
    public var spatialScale: Float

    /// What is made of a cell's samples.
    public enum Mode: String, Sendable, CaseIterable {
        /// Their mean.
        case mean = "avg"
        /// The largest of the products of elements and weights that samples are the sums of.
        case largest = "max"
    }

    /// Creates the operator.
    public init(
        _ mode: Mode = .mean, outputHeight: Int = 1, outputWidth: Int = 1, samplingRatio: Int = 0,
        spatialScale: Float = 1, hasHalfPixels: Bool = true
    ) {
        self.mode = mode
        self.outputHeight = outputHeight
        self.outputWidth = outputWidth
        self.samplingRatio = samplingRatio
        self.spatialScale = spatialScale
        self.hasHalfPixels = hasHalfPixels
    }
}

public extension RoiAlign {
    static let type = "RoiAlign"

    private enum Coordinates: String, CaseIterable {
        case halfPixel = "half_pixel"
        case outputHalfPixel = "output_half_pixel"
    }

    init(_ node: NodeReader) throws {
        let since16: Coordinates = node.opset < 16 ? .outputHalfPixel : .halfPixel
        let coordinates = try node.word("coordinate_transformation_mode", default: since16)
        self.init(
            try node.word("mode", default: .mean),
            outputHeight: try node.int("output_height", default: 1),
            outputWidth: try node.int("output_width", default: 1),
            samplingRatio: try node.int("sampling_ratio", default: 0),
            spatialScale: try node.float("spatial_scale", default: 1),
            hasHalfPixels: coordinates == .halfPixel)
        for (name, value) in [
            ("output_height", outputHeight), ("output_width", outputWidth),
            ("sampling_ratio", samplingRatio),
        ] where value < 0 {
            throw node.error(name, "expected 0 or more, found \(value)")
        }
    }

    func spell(_ speller: inout Speller) throws {
        if hasHalfPixels, speller.opset < 16 { throw speller.needs(16, "RoiAlign of half pixels") }
        let coordinates: Coordinates = hasHalfPixels ? .halfPixel : .outputHalfPixel
        let since16: [Attribute] =
            speller.opset < 16
            ? [] : [.string("coordinate_transformation_mode", coordinates.rawValue)]
        speller.emit(
            Self.type,
            since16 + [
                .string("mode", mode.rawValue), .int("output_height", outputHeight),
                .int("output_width", outputWidth), .int("sampling_ratio", samplingRatio),
                .float("spatial_scale", spatialScale),
            ])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferRegions(columns: 4, [outputHeight, outputWidth], indices: 2)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        needs[1] = context.regions(scale: spatialScale)
        needs[2] = .index(into: context.extent(0, 0) ?? 1)
        return needs
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.inRealType(
            float: { try kernel(context, Float.self) }, double: { try kernel(context, Double.self) }
        )
    }

    private func kernel<T: RealElement>(
        _ context: PreparationContext, _ type: T.Type
    ) throws -> Kernel {
        let (x, indices) = (try context.input(0), try context.input(2))
        let shape = try RegionShape(
            x, context.input(1), columns: 4, [outputHeight, outputWidth])
        guard indices.shape == [shape.regions] else {
            throw HingeError(
                .mismatch,
                "expected an index for each of \(shape.regions) regions, found \(indices.shape)")
        }
        return { [self] context in
            let y = try context.output(0, x.dataType, shape.result)
            let values = try context.input(0).reals(T.self)
            let corners = try context.input(1).realArray(T.self)
            let images = try context.input(2).integers().map { try shape.image($0) }
            guard y.count > 0 else { return }
            try y.withReals(T.self) { result in
                try values.withUnsafeElements(of: T.self) { values in
                    try shape.forEachRegion(cost: 64 * outputHeight * outputWidth) {
                        region, channels in
                        let samples = try RegionSamples(
                            self, Array(corners[4 * region..<4 * region + 4]), shape)
                        for channel in channels {
                            samples.write(
                                values, shape.source(images[region], channel), width: shape.width,
                                to: result, shape.target(region, channel))
                        }
                    }
                }
            }
        }
    }
}
