import HingeGraph

/// An element type that matrix products compute in.
///
/// Integers wrap around.
protocol MatrixElement: TensorElement, SIMDScalar, Numeric, Hashable, Codable {
    /// As many elements as a row of a tile has: two registers of 128 bits.
    associatedtype Vector: SIMD & BitwiseCopyable where Vector.Scalar == Self
    /// `sum + a · b`.
    static func multiplyAdd(_ sum: Vector, _ a: Self, _ b: Vector) -> Vector
    /// `sum + a · b`.
    static func multiplyAdd(_ sum: Self, _ a: Self, _ b: Self) -> Self
    /// `a + b`.
    static func add(_ a: Vector, _ b: Vector) -> Vector
}

/// A matrix that products read by blocks.
protocol MatrixSource<Element> {
    associatedtype Element: MatrixElement

    /// Writes a block as strips of `width` columns, one after the other; each strip holds its rows in order.
    ///
    /// What stands out past the last column is written as 0.
    func pack(
        rows: Range<Int>, columns: Range<Int>, width: Int,
        into target: UnsafeMutablePointer<Element>)
}

/// A matrix in memory, whose elements are at `row · rowStride + column · columnStride`.
struct StridedMatrix<Element: MatrixElement>: MatrixSource {
    let base: UnsafePointer<Element>
    let rowStride: Int
    let columnStride: Int

    /// The same elements with rows and columns exchanged.
    var transposed: StridedMatrix {
        StridedMatrix(base: base, rowStride: columnStride, columnStride: rowStride)
    }

    func pack(
        rows: Range<Int>, columns: Range<Int>, width: Int,
        into target: UnsafeMutablePointer<Element>
    ) {
        var target = target
        var first = columns.lowerBound
        while first < columns.upperBound {
            let count = min(width, columns.upperBound - first)
            for row in rows {
                let source = base + row * rowStride + first * columnStride
                if columnStride == 1 {
                    for lane in 0..<count { target[lane] = source[lane] }
                } else {
                    for lane in 0..<count { target[lane] = source[lane * columnStride] }
                }
                for lane in count..<width { target[lane] = 0 }
                target += width
            }
            first += width
        }
    }
}

/// Products of matrices, and the memory that they need in between: make one, use it for many products.
///
/// Both factors are copied by blocks into the order in which tiles of 4 rows by one vector read them, so that a
/// tile's sums stay in registers.
///
/// Source: Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.
final class MatrixProduct<Element: MatrixElement> {
    private static var tileRows: Int { 4 }
    private static var tileColumns: Int { Element.Vector.scalarCount }
    /// The most rows that are multiplied at once.
    static var mostRows: Int { 128 }

    private let blockRows: Int
    private let blockColumns: Int
    private let blockDepth: Int
    private let left: UnsafeMutablePointer<Element>
    private let right: UnsafeMutablePointer<Element>

    /// Makes ready for products `[rows, depth] · [depth, columns]` of at most the given sizes, or larger ones in more
    /// steps.
    init(rows: Int, columns: Int, depth: Int) {
        func blocks(_ extent: Int, of tile: Int, most: Int) -> Int {
            min((max(extent, 1) + tile - 1) / tile * tile, most)
        }
        blockRows = blocks(rows, of: Self.tileRows, most: Self.mostRows)
        blockColumns = blocks(columns, of: Self.tileColumns, most: 1024)
        blockDepth = blocks(depth, of: 1, most: 256)
        left = Self.allocate(blockRows * blockDepth)
        right = Self.allocate(blockColumns * blockDepth)
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Element>.stride, alignment: 64
        ).bindMemory(to: Element.self, capacity: count)
    }

    deinit {
        UnsafeMutableRawPointer(left).deallocate()
        UnsafeMutableRawPointer(right).deallocate()
    }

    /// Adds `a · b` to `c`, whose rows are `rowStride` elements apart.
    ///
    /// - Precondition: `a` is `[rows, depth]`, `b` is `[depth, columns]`, and `c` has memory for the result.
    func addProduct(
        rows: Int, columns: Int, depth: Int, _ a: StridedMatrix<Element>,
        _ b: some MatrixSource<Element>, to c: UnsafeMutablePointer<Element>, rowStride: Int
    ) {
        let transposed = a.transposed
        for column in stride(from: 0, to: columns, by: blockColumns) {
            let columnEnd = min(column + blockColumns, columns)
            for step in stride(from: 0, to: depth, by: blockDepth) {
                let stepEnd = min(step + blockDepth, depth)
                b.pack(
                    rows: step..<stepEnd, columns: column..<columnEnd, width: Self.tileColumns,
                    into: right)
                for row in stride(from: 0, to: rows, by: blockRows) {
                    let rowEnd = min(row + blockRows, rows)
                    transposed.pack(
                        rows: step..<stepEnd, columns: row..<rowEnd, width: Self.tileRows,
                        into: left)
                    addBlock(
                        rows: rowEnd - row, columns: columnEnd - column, depth: stepEnd - step,
                        to: c + row * rowStride + column, rowStride: rowStride)
                }
            }
        }
    }

    private func addBlock(
        rows: Int, columns: Int, depth: Int, to c: UnsafeMutablePointer<Element>, rowStride: Int
    ) {
        for column in stride(from: 0, to: columns, by: Self.tileColumns) {
            for row in stride(from: 0, to: rows, by: Self.tileRows) {
                addTile(
                    left + row * depth, right + column * depth, depth: depth,
                    to: c + row * rowStride + column, rowStride: rowStride,
                    rows: min(Self.tileRows, rows - row),
                    columns: min(Self.tileColumns, columns - column))
            }
        }
    }

    @inline(__always)
    private func addTile(
        _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>, depth: Int,
        to c: UnsafeMutablePointer<Element>, rowStride: Int, rows: Int, columns: Int
    ) {
        let vectors = UnsafeRawPointer(b).assumingMemoryBound(to: Element.Vector.self)
        var sum0 = Element.Vector(repeating: 0)
        var sum1 = sum0
        var sum2 = sum0
        var sum3 = sum0
        for step in 0..<depth {
            let vector = vectors[step]
            let factors = a + step * 4
            sum0 = Element.multiplyAdd(sum0, factors[0], vector)
            sum1 = Element.multiplyAdd(sum1, factors[1], vector)
            sum2 = Element.multiplyAdd(sum2, factors[2], vector)
            sum3 = Element.multiplyAdd(sum3, factors[3], vector)
        }
        add(sum0, to: c, columns)
        if rows > 1 { add(sum1, to: c + rowStride, columns) }
        if rows > 2 { add(sum2, to: c + 2 * rowStride, columns) }
        if rows > 3 { add(sum3, to: c + 3 * rowStride, columns) }
    }

    @inline(__always)
    private func add(
        _ sum: Element.Vector, to c: UnsafeMutablePointer<Element>, _ columns: Int
    ) {
        if columns == Self.tileColumns {
            let raw = UnsafeMutableRawPointer(c)
            let old = UnsafeRawPointer(raw).loadUnaligned(as: Element.Vector.self)
            raw.storeBytes(of: Element.add(old, sum), as: Element.Vector.self)
        } else {
            var old = Element.Vector(repeating: 0)
            for lane in 0..<columns { old[lane] = c[lane] }
            old = Element.add(old, sum)
            for lane in 0..<columns { c[lane] = old[lane] }
        }
    }
}
