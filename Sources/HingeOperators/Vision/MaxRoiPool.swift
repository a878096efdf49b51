import HingeGraph

/// The largest element in each cell of a grid that is laid over regions of images.
///
/// Inputs: `x` `[N, C, H, W]` and the regions, `[R, 5]`: the index of an image, then the first and last column and row,
/// `[n, x1, y1, x2, y2]`. The result: `[R, C, height, width]`. N is the batch, C the channels, H and W are height and width, R
/// is the number of regions. Cells begin and end at whole elements, and may share some; one outside the image gives 0.
///
/// Source: ONNX MaxRoiPool 1, 22; Girshick, "Fast R-CNN", 2015, section 2.1.
public struct MaxRoiPool: PreparedOperator {
    /// The height and width of the grid.
    public var pooledShape: [Int]
    /// What the coordinates of regions are multiplied by.
    public var spatialScale: Float

    /// Creates the operator.
    public init(pooledShape: [Int], spatialScale: Float = 1) {
        self.pooledShape = pooledShape
        self.spatialScale = spatialScale
    }
}

public extension MaxRoiPool {
    static let type = "MaxRoiPool"

    init(_ node: NodeReader) throws {
        pooledShape = try node.required("pooled_shape", node.ints("pooled_shape"))
        guard pooledShape.count == 2, pooledShape.allSatisfy({ $0 >= 0 }) else {
            throw node.error("pooled_shape", "expected a height and a width, found \(pooledShape)")
        }
        spatialScale = try node.float("spatial_scale", default: 1)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [.ints("pooled_shape", pooledShape), .float("spatial_scale", spatialScale)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferRegions(columns: 5, pooledShape)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        var regions = context.regions(scale: spatialScale)
        regions.columns?.insert(
            0...Double(max((context.extent(0, 0) ?? 1) - 1, 0)), at: 0)
        needs[1] = regions
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
        let (x, regions) = (try context.input(0), try context.input(1))
        let shape = try RegionShape(x, regions, columns: 5, pooledShape)
        let pooledShape = pooledShape
        let scale = T(spatialScale)
        return { context in
            let y = try context.output(0, x.dataType, shape.result)
            let values = try context.input(0).reals(T.self)
            let regions = try context.input(1).realArray(T.self)
            try y.withReals(T.self) { result in
                try values.withUnsafeElements(of: T.self) { values in
                    try shape.forEachRegion(cost: 2 * shape.height * shape.width) {
                        region, channels in
                        let cells = try RegionCells(
                            Array(regions[5 * region..<5 * region + 5]), scale: scale, pooledShape,
                            shape)
                        for channel in channels {
                            cells.pool(
                                values, shape.source(cells.image, channel), width: shape.width,
                                to: result, shape.target(region, channel))
                        }
                    }
                }
            }
        }
    }
}

/// The cells of a grid over one region: ranges of rows and of columns.
private struct RegionCells {
    /// The image.
    let image: Int
    private let rows: [Range<Int>]
    private let columns: [Range<Int>]

    /// - Throws: ``HingeError`` when a number isn't finite, or there is no such image.
    init<T: RealElement>(
        _ region: [T], scale: T, _ pooledShape: [Int], _ shape: RegionShape
    ) throws {
        let corners = region.dropFirst().map { ($0 * scale).rounded(.toNearestOrAwayFromZero) }
        image = try shape.image(Int(exactly: region[0].rounded(.towardZero)) ?? -1)
        guard corners.allSatisfy(\.isFinite) else {
            throw HingeError(.mismatch, "expected finite regions, found \(region)")
        }
        columns = Self.ranges(corners[0], corners[2], pooledShape[1], shape.width)
        rows = Self.ranges(corners[1], corners[3], pooledShape[0], shape.height)
    }

    private static func ranges<T: RealElement>(
        _ first: T, _ last: T, _ count: Int, _ extent: Int
    ) -> [Range<Int>] {
        let size = max(last - first + 1, 1) / T(count)
        return (0..<count).map { index in
            let start = (T(index) * size).rounded(.down) + first
            let end = (T(index + 1) * size).rounded(.up) + first
            let low = Double(start).integer(in: 0...extent)
            return low..<max(low, Double(end).integer(in: 0...extent))
        }
    }

    /// Writes the largest elements of a plane; a NaN counts as larger than any number.
    func pool<T: RealElement>(
        _ x: UnsafeBufferPointer<T>, _ source: Int, width: Int,
        to y: UnsafeMutableBufferPointer<T>, _ target: Int
    ) {
        var place = target
        for rows in rows {
            for columns in columns {
                var best = rows.isEmpty || columns.isEmpty ? 0 : -T.infinity
                for row in rows {
                    for column in columns {
                        let value = x[source + row * width + column]
                        if value > best || value.isNaN { best = value }
                    }
                }
                y[place] = best
                place += 1
            }
        }
    }
}
