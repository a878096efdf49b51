/// Copies elements from one arrangement in memory to another: for each index below `extents`, the element at
/// `sourceOffset + Σ index · sourceStride` goes to `resultOffset + Σ index · resultStride`.
///
/// Dimensions that both sides step through evenly are merged. The innermost dimension is copied as a run where both
/// sides are contiguous, filled where the source repeats, and in square blocks where the source is
/// contiguous in another dimension.
struct StridedCopy: Sendable {
    let sourceOffset: Int
    let resultOffset: Int
    private let runs: StridedRuns
    /// Set where the source is contiguous in another dimension than the last.
    private let transposition: Transposition?

    /// Creates a copy; the result's dimensions come outermost first.
    ///
    /// - Parameters:
    ///   - extents: The number of elements in each dimension.
    ///   - sourceStrides: The step of the source in each dimension.
    ///   - sourceOffset: The source's first element.
    ///   - resultStrides: The step of the result in each dimension; row-major if `nil`.
    ///   - resultOffset: The result's first element.
    init(
        _ extents: [Int], from sourceStrides: [Int], offset sourceOffset: Int = 0,
        to resultStrides: [Int]? = nil, resultOffset: Int = 0
    ) {
        self.sourceOffset = sourceOffset
        self.resultOffset = resultOffset
        let steps = resultStrides ?? StridedCopy.strides(of: extents)
        runs = StridedRuns(extents, steps: [sourceStrides, steps])
        transposition = Transposition(runs)
    }

    /// The row-major steps of a shape.
    static func strides(of shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 0, count: shape.count)
        var step = 1
        for index in shape.indices.reversed() {
            strides[index] = step
            step *= shape[index]
        }
        return strides
    }

    /// Runs the copy.
    ///
    /// - Precondition: all elements that are read and written exist.
    @inline(__always)
    func callAsFunction<Element>(
        from source: UnsafePointer<Element>, to result: UnsafeMutablePointer<Element>
    ) {
        guard runs.count > 0 else { return }
        let source = source + sourceOffset
        let result = result + resultOffset
        if let transposition {
            transposition.forEachTile { tile in
                StridedCopy.copy(tile, transposition, from: source, to: result)
            }
        } else {
            let (sourceStep, resultStep) = (runs.step(0), runs.step(1))
            runs.forEachBlock(cost: (MemoryLayout<Element>.stride + 3) / 4) { block in
                StridedCopy.copy(block, sourceStep, resultStep, from: source, to: result)
            }
        }
    }

    /// Copies runs, or parts of them.
    @inline(__always)
    private static func copy<Element>(
        _ block: StridedRuns.Block, _ sourceStep: Int, _ resultStep: Int,
        from source: UnsafePointer<Element>, to result: UnsafeMutablePointer<Element>
    ) {
        var x = source + block.offsets[0]
        var y = result + block.offsets[1]
        let count = block.count
        for _ in 0..<block.rows {
            switch (sourceStep, resultStep) {
            case (1, 1): y.update(from: x, count: count)
            case (0, 1): y.update(repeating: x.pointee, count: count)
            default:
                for index in 0..<count { y[index * resultStep] = x[index * sourceStep] }
            }
            x += block.rowSteps[0]
            y += block.rowSteps[1]
        }
    }

    /// Copies a tile in square blocks, so that each cache line of either side is touched once.
    @inline(__always)
    private static func copy<Element>(
        _ tile: Transposition.Tile, _ transposition: Transposition,
        from source: UnsafePointer<Element>, to result: UnsafeMutablePointer<Element>
    ) {
        let (rowStep, columnStep) = (transposition.rowStep, transposition.columnStep)
        let x = source + tile.from
        let y = result + tile.to
        var column = 0
        while column < tile.columns {
            let end = min(column + Transposition.block, tile.columns)
            for row in 0..<tile.rows {
                let x = x + row
                let y = y + row * rowStep
                for index in column..<end { y[index] = x[index * columnStep] }
            }
            column = end
        }
    }
}

/// How a copy is cut into tiles in the last dimension, in which the result is contiguous, and the one in which the
/// source is.
private struct Transposition: Sendable {
    /// The rows of a tile, and the columns that are copied at once.
    static let block = 16
    /// The most columns of a tile.
    private static let tileColumns = 512

    /// A part of the two dimensions.
    struct Tile {
        /// The offsets of the first element.
        let from: Int
        let to: Int
        let rows: Int
        let columns: Int
    }

    /// The step of the result in the dimension in which the source is contiguous.
    let rowStep: Int
    /// The step of the source in the dimension in which the result is contiguous.
    let columnStep: Int
    private let rows: Int
    private let columns: Int
    /// The other dimensions.
    private let outer: StridedRuns

    /// `nil` where the innermost dimension is as good as any other.
    init?(_ runs: StridedRuns) {
        let dimensions = runs.dimensions
        guard let last = dimensions.last, last.steps[0] > 1, last.steps[1] == 1,
            let row = dimensions.dropLast().lastIndex(where: { $0.steps[0] == 1 })
        else { return nil }
        rows = dimensions[row].extent
        rowStep = dimensions[row].steps[1]
        columns = last.extent
        columnStep = last.steps[0]
        let others = dimensions.indices.dropLast().filter { $0 != row }.map { dimensions[$0] }
        outer = StridedRuns(
            others.map(\.extent), steps: [others.map { $0.steps[0] }, others.map { $0.steps[1] }])
    }

    /// Calls `body` with all tiles, on all threads that the run may take.
    @inline(never)
    func forEachTile(_ body: (Tile) -> Void) {
        let rowTiles = (rows + Transposition.block - 1) / Transposition.block
        let width = min(columns, Transposition.tileColumns)
        let columnTiles = (columns + width - 1) / width
        let tiles = rowTiles * columnTiles
        let cost = 4 * Transposition.block * width
        parallelFor(outer.count * tiles, cost: cost) { range in
            var position = range.lowerBound
            while position < range.upperBound {
                let (index, first) = position.quotientAndRemainder(dividingBy: tiles)
                let end = min(first + range.upperBound - position, tiles)
                outer.forEachBlock(in: index..<index + 1) { block in
                    for tile in first..<end {
                        let (rowTile, columnTile) = tile.quotientAndRemainder(
                            dividingBy: columnTiles)
                        let row = rowTile * Transposition.block
                        let column = columnTile * width
                        body(
                            Tile(
                                from: block.offsets[0] + row + column * columnStep,
                                to: block.offsets[1] + row * rowStep + column,
                                rows: min(Transposition.block, rows - row),
                                columns: min(width, columns - column)))
                    }
                }
                position += end - first
            }
        }
    }
}
