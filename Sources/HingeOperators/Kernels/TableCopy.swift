/// Copies elements whose coordinates in the source are looked up, dimension by dimension.
struct TableCopy: Movement, Sendable {
    /// For each dimension but the last, the offset in the source of each index of the result.
    private let outer: [[Int]]
    /// The offset of each index of the last dimension.
    private let row: [Int]

    /// - Parameters:
    ///   - sources: For each dimension, the coordinate in the source of each index of the result.
    ///   - shape: The shape of the source.
    init(_ sources: [[Int]], shape: [Int]) {
        let strides = StridedCopy.strides(of: shape)
        let tables = zip(sources, strides).map { table, stride in table.map { $0 * stride } }
        outer = tables.dropLast()
        row = tables.last ?? [0]
    }

    @inline(__always)
    func callAsFunction<Element>(
        _ sources: [UnsafePointer<Element>], _ result: UnsafeMutablePointer<Element>
    ) {
        let source = sources[0]
        let count = outer.reduce(row.count) { $0 * $1.count }
        parallelFor(count, cost: 4) { range in
            forEachRow(in: range) { start, columns, base in
                let y = result + start
                let x = source + base
                row.withUnsafeBufferPointer { row in
                    for column in 0..<columns.count {
                        y[column] = x[row[columns.lowerBound + column]]
                    }
                }
            }
        }
    }

    /// Calls `body` with the rows that a range of the result's elements lies in: the first element, the columns, and
    /// the offset in the source of the whole row.
    @inline(never)
    private func forEachRow(
        in range: Range<Int>, _ body: (_ start: Int, _ columns: Range<Int>, _ base: Int) -> Void
    ) {
        var (rest, column) = range.lowerBound.quotientAndRemainder(dividingBy: row.count)
        var index = [Int](repeating: 0, count: outer.count)
        var base = 0
        for dimension in outer.indices.reversed() {
            (rest, index[dimension]) = rest.quotientAndRemainder(dividingBy: outer[dimension].count)
            base += outer[dimension][index[dimension]]
        }
        var position = range.lowerBound
        while true {
            let count = min(row.count - column, range.upperBound - position)
            body(position, column..<column + count, base)
            position += count
            column = 0
            guard position < range.upperBound else { return }
            for dimension in outer.indices.reversed() {
                base -= outer[dimension][index[dimension]]
                index[dimension] += 1
                if index[dimension] < outer[dimension].count {
                    base += outer[dimension][index[dimension]]
                    break
                }
                index[dimension] = 0
                base += outer[dimension][0]
            }
        }
    }
}
