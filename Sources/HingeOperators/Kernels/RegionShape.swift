import HingeGraph

/// The shapes of an operator that lays a grid over regions of images: `x` `[N, C, H, W]`, the result
/// `[R, C, height, width]`.
///
/// N is the batch, C the channels, H and W are height and width, R is the number of regions.
struct RegionShape: Sendable {
    let batch: Int
    let channels: Int
    let height: Int
    let width: Int
    let regions: Int
    /// The shape of the result.
    let result: [Int]

    /// - Parameters:
    ///   - columns: The numbers that a region has.
    ///   - pooledShape: The height and width of the grid.
    /// - Throws: ``HingeError`` when the shapes don't fit, or the result is too large.
    init(_ x: KnownTensor, _ regions: KnownTensor, columns: Int, _ pooledShape: [Int]) throws {
        guard x.rank == 4, regions.rank == 2, regions.shape[1] == columns else {
            throw HingeError(
                .mismatch,
                "expected images of 4 dimensions and regions of \(columns) numbers, found \(x.shape) and \(regions.shape)"
            )
        }
        (batch, channels, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        self.regions = regions.shape[0]
        result = [regions.shape[0], channels] + pooledShape
        try MemoryLimit.check(x.dataType, result)
        try MemoryLimit.check(.uint8, pooledShape)
    }

    /// Calls `body` with all regions, each with its channels or a range of them, on all threads that the run may take.
    ///
    /// - Parameter cost: The work of one channel, as `parallelFor` counts it.
    func forEachRegion<Failure: Error>(
        cost: Int, _ body: (_ region: Int, _ channels: Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        try parallelFor(regions * channels, cost: cost) { range throws(Failure) in
            var index = range.lowerBound
            while index < range.upperBound {
                let (region, first) = index.quotientAndRemainder(dividingBy: channels)
                let count = min(channels - first, range.upperBound - index)
                try body(region, first..<first + count)
                index += count
            }
        }
    }

    /// The first element of a plane of an image.
    func source(_ image: Int, _ channel: Int) -> Int {
        (image * channels + channel) * height * width
    }

    /// The first element of a plane of the result.
    func target(_ region: Int, _ channel: Int) -> Int {
        (region * channels + channel) * result[2] * result[3]
    }

    /// The image of a region.
    ///
    /// - Throws: ``HingeError`` when there is none of that index.
    func image(_ index: Int) throws -> Int {
        guard (0..<batch).contains(index) else {
            throw HingeError(
                .mismatch, "expected indices of images from 0 to \(batch - 1), found \(index)")
        }
        return index
    }
}

extension InferenceContext {
    /// The output of an operator that lays a grid over regions, input 1, of images, input 0.
    func inferRegions(columns: Int, _ pooledShape: [Int], indices: Int? = nil) throws -> [Inferred]
    {
        let (x, regions) = (shape(0), shape(1))
        if let x { try require(x.rank == 4, "expected images of 4 dimensions, found \(x)") }
        if let regions {
            try require(
                regions.rank == 2 && regions[1].extent ?? columns == columns,
                "expected regions of \(columns) numbers, found \(regions)")
        }
        var count = regions?[0] ?? .unknown
        if count == .unknown, let indices = indices.flatMap({ shape($0) }), indices.rank == 1 {
            count = indices[0]
        }
        return [
            .tensor(
                dataType(0), Shape([count, x?[1] ?? .unknown] + pooledShape.map { .known($0) }))
        ]
    }

    /// What regions `[x1, y1, x2, y2]` need to lie on the images that are input 0.
    func regions(scale: Float) -> ElementNeeds {
        func end(_ axis: Int) -> Double {
            let extent = Double(extent(0, axis) ?? 8)
            let size = extent / Double(scale)
            return size.isFinite && size > 0 ? size : extent
        }
        let (width, height) = (end(3), end(2))
        var needs = ElementNeeds()
        needs.columns = [
            0...width / 2, 0...height / 2, width / 2...width, height / 2...height,
        ]
        return needs
    }
}
