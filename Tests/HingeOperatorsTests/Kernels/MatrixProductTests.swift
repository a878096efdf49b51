import HingeGraph
import Testing

@testable import HingeOperators

@Suite("Matrix products")
struct MatrixProductTests {
    /// Numbers without a pattern, from −1 to 1.
    private func numbers(_ count: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
    }

    @Test(
        "Each element is the sum in double precision, rounded once", arguments: [1, 2, 5],
        [1, 7, 16, 17, 300, 600])
    func sums(rows: Int, depth: Int) {
        for columns in [1, 9, 530] { check(rows: rows, columns: columns, depth: depth) }
    }

    @Test("More rows than are multiplied at once")
    func manyRows() { check(rows: 130, columns: 9, depth: 17) }

    private func check(rows: Int, columns: Int, depth: Int) {
        let a = numbers(rows * depth, seed: 1)
        let b = numbers(depth * columns, seed: 2)
        let c = numbers(rows * columns, seed: 3)
        for isByColumn in [false, true] {
            var found = c
            let product = MatrixProduct<Double>(rows: rows, columns: columns, depth: depth)
            a.withUnsafeBufferPointer { a in
                b.withUnsafeBufferPointer { b in
                    found.withUnsafeMutableBufferPointer { found in
                        guard let a = a.baseAddress, let b = b.baseAddress,
                            let found = found.baseAddress
                        else { return }
                        product.addProduct(
                            rows: rows, columns: columns, depth: depth,
                            StridedMatrix(base: a, rowStride: depth, columnStride: 1),
                            StridedMatrix(
                                base: b, rowStride: isByColumn ? 1 : columns,
                                columnStride: isByColumn ? depth : 1),
                            to: found, rowStride: columns)
                    }
                }
            }
            let expected = (0..<rows * columns).map { index in
                let (row, column) = index.quotientAndRemainder(dividingBy: columns)
                return (0..<depth).reduce(into: Double(c[index])) { sum, step in
                    let place = isByColumn ? column * depth + step : step * columns + column
                    sum += Double(a[row * depth + step]) * Double(b[place])
                }
            }
            let off = zip(found, expected).map { abs(Double($0) - $1) / Double($0.ulp) }
            #expect(
                off.max() ?? 1 <= 0.501,
                "[\(rows), \(depth)] · [\(depth), \(columns)], by column: \(isByColumn)")
        }
    }
}
