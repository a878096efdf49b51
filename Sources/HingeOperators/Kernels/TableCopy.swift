/// Copies elements whose coordinates in the source are looked up, dimension by dimension.
struct TableCopy: Movement {
    /// For each dimension, the offset in the source of each index of the result.
    private let tables: [[Int]]

    /// - Parameters:
    ///   - sources: For each dimension, the coordinate in the source of each index of the result.
    ///   - shape: The shape of the source.
    init(_ sources: [[Int]], shape: [Int]) {
        let strides = StridedCopy.strides(of: shape)
        tables = zip(sources, strides).map { table, stride in table.map { $0 * stride } }
    }

    @inline(__always)
    func callAsFunction<Element>(
        _ sources: [UnsafePointer<Element>], _ result: UnsafeMutablePointer<Element>
    ) {
        let source = sources[0]
        guard let row = tables.last else {
            result[0] = source[0]
            return
        }
        let outer = tables.count - 1
        var index = [Int](repeating: 0, count: outer)
        var base = tables.dropLast().reduce(0) { $0 + $1[0] }
        var position = 0
        while true {
            for offset in row {
                result[position] = source[base + offset]
                position += 1
            }
            var dimension = outer - 1
            while dimension >= 0 {
                base -= tables[dimension][index[dimension]]
                index[dimension] += 1
                if index[dimension] < tables[dimension].count {
                    base += tables[dimension][index[dimension]]
                    break
                }
                index[dimension] = 0
                base += tables[dimension][0]
                dimension -= 1
            }
            if dimension < 0 { return }
        }
    }
}
