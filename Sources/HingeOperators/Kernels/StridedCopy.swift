/// Copies elements from one arrangement in memory to another: for each index below `extents`, the element at
/// `sourceOffset + Σ index · sourceStride` goes to `resultOffset + Σ index · resultStride`.
///
/// Dimensions that both sides step through evenly are merged. The innermost dimension is copied as a run where both
/// sides are contiguous, filled where the source repeats, and in square blocks where the source is
/// contiguous in another dimension.
struct StridedCopy: Sendable {
    private(set) var extents: [Int] = []
    private(set) var sourceStrides: [Int] = []
    private(set) var resultStrides: [Int] = []
    let sourceOffset: Int
    let resultOffset: Int
    /// The dimension in which the source is contiguous, where that is not the last one.
    private var contiguous: Int?

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
        guard !extents.contains(0) else {
            self.extents = [0]
            self.sourceStrides = [1]
            self.resultStrides = [1]
            return
        }
        let steps = resultStrides ?? StridedCopy.strides(of: extents)
        for index in extents.indices where extents[index] != 1 {
            if let last = self.extents.indices.last,
                self.sourceStrides[last] == sourceStrides[index] * extents[index],
                self.resultStrides[last] == steps[index] * extents[index]
            {
                self.extents[last] *= extents[index]
                self.sourceStrides[last] = sourceStrides[index]
                self.resultStrides[last] = steps[index]
            } else {
                self.extents.append(extents[index])
                self.sourceStrides.append(sourceStrides[index])
                self.resultStrides.append(steps[index])
            }
        }
        if self.extents.isEmpty {
            self.extents = [1]
            self.sourceStrides = [1]
            self.resultStrides = [1]
        }
        let last = self.extents.count - 1
        if self.sourceStrides[last] > 1, self.resultStrides[last] == 1 {
            contiguous = self.sourceStrides.dropLast().lastIndex(of: 1)
        }
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
        guard !extents.contains(0) else { return }
        let source = source + sourceOffset
        let result = result + resultOffset
        if let contiguous {
            transpose(source, result, contiguous)
        } else {
            copyRows(source, result)
        }
    }

    /// Copies the two innermost dimensions row by row.
    @inline(__always)
    private func copyRows<Element>(
        _ source: UnsafePointer<Element>, _ result: UnsafeMutablePointer<Element>
    ) {
        let last = extents.count - 1
        let length = extents[last]
        let sourceStep = sourceStrides[last]
        let resultStep = resultStrides[last]
        let hasRows = last > 0
        let rows = hasRows ? extents[last - 1] : 1
        let sourceRow = hasRows ? sourceStrides[last - 1] : 0
        let resultRow = hasRows ? resultStrides[last - 1] : 0
        forEach(outer: Array(0..<max(last - 1, 0))) { from, to in
            for row in 0..<rows {
                let x = source + (from + row * sourceRow)
                let y = result + (to + row * resultRow)
                switch (sourceStep, resultStep) {
                case (1, 1): y.update(from: x, count: length)
                case (0, 1): y.update(repeating: x.pointee, count: length)
                default:
                    for index in 0..<length { y[index * resultStep] = x[index * sourceStep] }
                }
            }
        }
    }

    /// Copies the last dimension and the one in which the source is contiguous in square blocks, so that
    /// each cache line of either side is touched once.
    @inline(__always)
    private func transpose<Element>(
        _ source: UnsafePointer<Element>, _ result: UnsafeMutablePointer<Element>, _ row: Int
    ) {
        let last = extents.count - 1
        let (rows, columns) = (extents[row], extents[last])
        let (rowStep, columnStep) = (resultStrides[row], sourceStrides[last])
        let block = 16
        forEach(outer: (0..<last).filter { $0 != row }) { from, to in
            var firstRow = 0
            while firstRow < rows {
                let endRow = min(firstRow + block, rows)
                var firstColumn = 0
                while firstColumn < columns {
                    let endColumn = min(firstColumn + block, columns)
                    for row in firstRow..<endRow {
                        let x = source + (from + row)
                        let y = result + (to + row * rowStep)
                        for column in firstColumn..<endColumn {
                            y[column] = x[column * columnStep]
                        }
                    }
                    firstColumn = endColumn
                }
                firstRow = endRow
            }
        }
    }

    /// Calls `body` with the offsets of source and result for each index of the given dimensions.
    @inline(__always)
    private func forEach(outer dimensions: [Int], _ body: (_ from: Int, _ to: Int) -> Void) {
        var index = [Int](repeating: 0, count: dimensions.count)
        var from = 0
        var to = 0
        while true {
            body(from, to)
            var position = dimensions.count - 1
            while position >= 0 {
                let dimension = dimensions[position]
                index[position] += 1
                from += sourceStrides[dimension]
                to += resultStrides[dimension]
                if index[position] < extents[dimension] { break }
                from -= sourceStrides[dimension] * extents[dimension]
                to -= resultStrides[dimension] * extents[dimension]
                index[position] = 0
                position -= 1
            }
            if position < 0 { return }
        }
    }
}
