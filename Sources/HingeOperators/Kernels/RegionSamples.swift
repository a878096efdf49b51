import HingeGraph

/// Where in an image the samples of a region are, cell by cell.
///
/// Rows and columns are independent of each other: a sample is one of a row and one of a column.
struct RegionSamples: Sendable {
    private let mode: RoiAlign.Mode
    private let rows: [Cell]
    private let columns: [Cell]
    /// The number of samples of a cell.
    private let count: Double

    /// The samples along one dimension of the cells at one index.
    fileprivate struct Cell: Sendable {
        /// The elements that samples are made of, each once, with the sums of their weights.
        var elements: [(index: Int, weight: Double)] = []
        /// The samples that are inside, in order: the two elements around each, which may be the same, and the weight of
        /// the second.
        var samples: [(low: Int, high: Int, weight: Double)] = []
        /// Whether samples are outside the image.
        var isOutside = false
    }

    /// - Parameters:
    ///   - corners: `[x1, y1, x2, y2]`.
    ///   - shape: The shape of the images.
    /// - Throws: ``HingeError`` when a number isn't finite, or with the code `limit` when there are too many samples.
    init<T: RealElement>(_ align: RoiAlign, _ corners: [T], _ shape: RegionShape) throws {
        let (edges, sizes) = Self.extents(align, corners.map { Double($0) })
        // How many samples there are is counted in the type of the regions, as it jumps.
        let ownSizes = Self.extents(align, corners).sizes
        guard edges.allSatisfy(\.isFinite), ownSizes.allSatisfy(\.isFinite) else {
            throw HingeError(.mismatch, "expected finite regions, found \(corners)")
        }
        let counts = zip(ownSizes, [align.outputWidth, align.outputHeight]).map { size, cells in
            align.samplingRatio > 0
                ? Double(align.samplingRatio) : Double((size / T(cells)).rounded(.up))
        }
        mode = align.mode
        count = max(counts[0] * counts[1], 1)
        columns = try Self.cells(
            align.outputWidth, start: edges[0], size: sizes[0], samples: counts[0],
            extent: shape.width, mode)
        rows = try Self.cells(
            align.outputHeight, start: edges[1], size: sizes[1], samples: counts[1],
            extent: shape.height, mode)
    }

    /// The corners of a region, counted in elements, and its width and height.
    private static func extents<T: RealElement>(
        _ align: RoiAlign, _ corners: [T]
    ) -> (edges: [T], sizes: [T]) {
        let offset: T = align.hasHalfPixels ? 0.5 : 0
        let edges = corners.map { $0 * T(align.spatialScale) - offset }
        let sizes = [edges[2] - edges[0], edges[3] - edges[1]]
        return (edges, align.hasHalfPixels ? sizes : sizes.map { max($0, 1) })
    }

    private static func cells(
        _ cells: Int, start: Double, size: Double, samples: Double, extent: Int,
        _ mode: RoiAlign.Mode
    ) throws -> [Cell] {
        let width = size / Double(cells)
        let step = width / samples
        return try (0..<cells).map { index in
            var cell = Cell()
            guard samples >= 1 else { return cell }
            let origin = start + Double(index) * width
            let range = inside(origin, step, samples, extent)
            cell.isOutside = Double(range.count) < samples
            try MemoryLimit.checkArray(of: (Int, Int, Double).self, count: range.count)
            for sample in range {
                let place = origin + (Double(sample) + 0.5) * step
                guard place >= -1, place <= Double(extent), extent > 0 else {
                    cell.isOutside = true
                    continue
                }
                let near = min(max(place, 0), Double(extent - 1))
                let low = Int(near)
                cell.add(low, min(low + 1, extent - 1), near - Double(low), mode)
            }
            return cell
        }
    }

    /// The samples that may be inside an image: others are surely outside.
    private static func inside(
        _ origin: Double, _ step: Double, _ samples: Double, _ extent: Int
    ) -> Range<Int> {
        let all = samples.integer(in: 0...Int.max >> 1)
        guard step != 0 else { return 0..<all }
        let bounds = [(-1 - origin) / step - 0.5, (Double(extent) - origin) / step - 0.5].sorted()
        let first = (bounds[0].rounded(.down) - 1).integer(in: 0...all)
        let last = (bounds[1].rounded(.up) + 2).integer(in: 0...all)
        return first..<max(first, last)
    }

    /// Writes the cells of a plane.
    ///
    /// - Precondition: the buffers have the elements that the shapes ask for.
    func write<T: RealElement>(
        _ x: UnsafeBufferPointer<T>, _ source: Int, width: Int,
        to y: UnsafeMutableBufferPointer<T>, _ target: Int
    ) {
        var place = target
        for row in rows {
            for column in columns {
                y[place] =
                    mode == .mean
                    ? mean(x, source, width, row, column) : largest(x, source, width, row, column)
                place += 1
            }
        }
    }

    private func mean<T: RealElement>(
        _ x: UnsafeBufferPointer<T>, _ source: Int, _ width: Int, _ row: Cell, _ column: Cell
    ) -> T {
        var sum = 0.0
        for (index, weight) in row.elements {
            let line = source + index * width
            var part = 0.0
            for (index, weight) in column.elements { part += weight * Double(x[line + index]) }
            sum += weight * part
        }
        return T(sum / count)
    }

    private func largest<T: RealElement>(
        _ x: UnsafeBufferPointer<T>, _ source: Int, _ width: Int, _ row: Cell, _ column: Cell
    ) -> T {
        let hasSamples = !row.samples.isEmpty && !column.samples.isEmpty
        // Samples outside are 0, and so is a cell that has none.
        let isOutside = row.isOutside || column.isOutside
        var best: Double = hasSamples && !isOutside ? -.infinity : 0
        func offer(_ row: Int, _ column: Int, _ weight: Double) {
            let product = weight * Double(x[source + row * width + column])
            if product > best || product.isNaN { best = product }
        }
        for y in row.samples {
            for x in column.samples {
                offer(y.low, x.low, (1 - y.weight) * (1 - x.weight))
                offer(y.low, x.high, (1 - y.weight) * x.weight)
                offer(y.high, x.low, y.weight * (1 - x.weight))
                offer(y.high, x.high, y.weight * x.weight)
            }
        }
        return T(best)
    }
}

extension RegionSamples.Cell {
    /// Adds a sample between two elements.
    fileprivate mutating func add(_ low: Int, _ high: Int, _ weight: Double, _ mode: RoiAlign.Mode)
    {
        guard mode == .mean else { return samples.append((low, high, weight)) }
        add(low, 1 - weight)
        if weight > 0 { add(high, weight) }
    }

    private mutating func add(_ index: Int, _ weight: Double) {
        let recent = elements.indices.suffix(2)
        if let known = recent.first(where: { elements[$0].index == index }) {
            elements[known].weight += weight
        } else {
            elements.append((index, weight))
        }
    }
}
