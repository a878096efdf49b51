/// Copies elements whose coordinates in the source are looked up, dimension by dimension.
struct TableCopy: Movement {
    /// For each dimension but the last, the offset in the source of each index of the result.
    private let outer: [[Int]]
    /// The offset of each index of the last dimension.
    private let row: [Int]
    /// How often each element of the last dimension stands there, one after the other from the first on, if all do
    /// equally often.
    private let repeats: Int?

    /// - Parameters:
    ///   - sources: For each dimension, the coordinate in the source of each index of the result.
    ///   - shape: The shape of the source.
    init(_ sources: [[Int]], shape: [Int]) {
        let strides = StridedCopy.strides(of: shape)
        let tables = zip(sources, strides).map { table, stride in table.map { $0 * stride } }
        outer = tables.dropLast()
        let row = tables.last ?? [0]
        self.row = row
        let first = row.first ?? 0
        let count = row.prefix { $0 == first }.count
        repeats = row.indices.allSatisfy { row[$0] == first + $0 / count } ? count : nil
    }

    @inline(__always)
    func callAsFunction<Element>(
        _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
    ) {
        let source = sources[0]
        let count = outer.reduce(row.count) { $0 * $1.count }
        parallelFor(count, cost: 4) { range in
            // The last whole row, and where in the source it is from.
            var known: (start: Int, base: Int)?
            forEachRow(in: range) { start, columns, base in
                let (x, y) = (source + base, result + start)
                if let known, known.base == base, columns.count == row.count {
                    return y.update(from: result + known.start, count: row.count)
                }
                copy(x, y, columns)
                if columns.count == row.count { known = (start, base) }
            }
        }
    }

    /// Writes some columns of a row.
    @inline(__always)
    private func copy<Element>(
        _ x: UnsafePointer<Element>, _ y: UnsafeMutablePointer<Element>, _ columns: Range<Int>
    ) {
        if repeats == 2, columns.count == row.count {
            let x = x + row[0]
            for column in 0..<columns.count / 2 {
                let element = x[column]
                y[2 * column] = element
                y[2 * column + 1] = element
            }
            if columns.count % 2 == 1 { y[columns.count - 1] = x[columns.count / 2] }
        } else if repeats == 1 {
            y.update(from: x + (row[0] + columns.lowerBound), count: columns.count)
        } else {
            row.withUnsafeBufferPointer { row in
                for column in 0..<columns.count { y[column] = x[row[columns.lowerBound + column]] }
            }
        }
    }

    /// Calls `body` with the rows that a range of the result's elements lies in: the first element, the columns, and
    /// the offset in the source of the whole row.
    @inline(never)
    private func forEachRow(
        in range: Range<Int>, _ body: (_ start: Int, _ columns: Range<Int>, _ base: Int) -> Void
    ) {
        withTemporaryMemory(of: Int.self, capacity: outer.count) { index in
            forEachRow(in: range, index, body)
        }
    }

    /// - Parameter index: Memory for the index of a row.
    private func forEachRow(
        in range: Range<Int>, _ index: UnsafeMutableBufferPointer<Int>,
        _ body: (_ start: Int, _ columns: Range<Int>, _ base: Int) -> Void
    ) {
        var (rest, column) = range.lowerBound.quotientAndRemainder(dividingBy: row.count)
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
