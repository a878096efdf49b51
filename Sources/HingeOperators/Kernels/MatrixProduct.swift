import HingeGraph

/// An element type of matrices that are multiplied.
///
/// Integers wrap around.
protocol MatrixElement: TensorElement, SIMDScalar, Numeric, Hashable, Codable {
    /// What products are added up in: double precision for real numbers.
    associatedtype Sum: MatrixElement where Sum.Sum == Sum
    /// As many elements as a row of a tile has.
    associatedtype Vector: SIMD & BitwiseCopyable where Vector.Scalar == Self
    /// The element as a term of a sum.
    var term: Sum { get }
    /// A sum, rounded where the type is narrower.
    init(_ sum: Sum)
    /// `sum + a · b`.
    static func multiplyAdd(_ sum: Vector, _ a: Self, _ b: Vector) -> Vector
    /// `sum + a · b`.
    static func multiplyAdd(_ sum: Self, _ a: Self, _ b: Self) -> Self
    /// `a + b`.
    static func add(_ a: Vector, _ b: Vector) -> Vector
    /// Adds the products of strips of 4 rows and strips of a vector's width of columns, as ``MatrixSource`` packs them, to
    /// `sums`, whose rows are `stride` elements apart and which has room for whole strips.
    static func addStrips(
        _ left: UnsafePointer<Self>, _ right: UnsafePointer<Self>, depth: Int, rows: Int,
        columns: Int, to sums: UnsafeMutablePointer<Self>, stride: Int)
    /// Adds the products of a row and of columns, whose elements stand one after the other and which begin `stride` elements
    /// apart, to `sums`.
    static func addDots(
        _ row: UnsafePointer<Sum>, _ columns: UnsafePointer<Self>, depth: Int, stride: Int,
        to sums: UnsafeMutablePointer<Sum>, count: Int)
}

extension MatrixElement where Sum == Self {
    @inline(__always)
    var term: Self { self }
    @inline(__always)
    init(_ sum: Self) { self = sum }
}

/// A matrix that products read by blocks.
protocol MatrixSource<Sum> {
    associatedtype Sum: MatrixElement

    /// Writes a block as strips of `width` columns, one after the other; each strip holds its rows in order.
    ///
    /// What stands out past the last column is written as 0.
    func pack(
        rows: Range<Int>, columns: Range<Int>, width: Int, into target: UnsafeMutablePointer<Sum>)

    /// Adds the products of a row of as many elements as there are `rows` and of columns to `sums`, without copying the columns.
    ///
    /// - Returns: Whether it was done: the matrix must be in memory column by column.
    func addDots(
        _ row: UnsafePointer<Sum>, rows: Range<Int>, columns: Range<Int>,
        to sums: UnsafeMutablePointer<Sum>
    ) -> Bool
}

extension MatrixSource {
    @inline(__always)
    func addDots(
        _ row: UnsafePointer<Sum>, rows: Range<Int>, columns: Range<Int>,
        to sums: UnsafeMutablePointer<Sum>
    ) -> Bool {
        false
    }
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
        into target: UnsafeMutablePointer<Element.Sum>
    ) {
        var target = target
        var first = columns.lowerBound
        while first < columns.upperBound {
            let count = min(width, columns.upperBound - first)
            for row in rows {
                let source = base + row * rowStride + first * columnStride
                if columnStride == 1 {
                    for lane in 0..<count { target[lane] = source[lane].term }
                } else {
                    for lane in 0..<count { target[lane] = source[lane * columnStride].term }
                }
                for lane in count..<width { target[lane] = 0 }
                target += width
            }
            first += width
        }
    }

    @inline(__always)
    func addDots(
        _ row: UnsafePointer<Element.Sum>, rows: Range<Int>, columns: Range<Int>,
        to sums: UnsafeMutablePointer<Element.Sum>
    ) -> Bool {
        guard rowStride == 1 else { return false }
        Element.addDots(
            row, base + rows.lowerBound + columns.lowerBound * columnStride, depth: rows.count,
            stride: columnStride, to: sums, count: columns.count)
        return true
    }
}

/// Products of matrices, and the memory that they need in between: make one, use it for many products.
///
/// Both factors are copied by blocks into the order in which tiles of 4 rows by one vector read them, so that a
/// tile's sums stay in registers. Real numbers are added up in double precision, and rounded once.
///
/// Source: Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.
final class MatrixProduct<Sum: MatrixElement> where Sum.Sum == Sum {
    private static var tileRows: Int { 4 }
    private static var tileColumns: Int { Sum.Vector.scalarCount }
    /// The most rows that are multiplied at once.
    static var mostRows: Int { 128 }

    private let blockRows: Int
    private let blockColumns: Int
    private let blockDepth: Int
    private let left: UnsafeMutablePointer<Sum>
    private let right: UnsafeMutablePointer<Sum>
    private let sums: UnsafeMutablePointer<Sum>

    /// Makes ready for products `[rows, depth] · [depth, columns]` of at most the given sizes, or larger ones in more
    /// steps.
    init(rows: Int, columns: Int, depth: Int) {
        func blocks(_ extent: Int, of tile: Int, most: Int) -> Int {
            min((max(extent, 1) + tile - 1) / tile * tile, most)
        }
        blockRows = blocks(rows, of: Self.tileRows, most: Self.mostRows)
        blockColumns = blocks(columns, of: Self.tileColumns, most: 512)
        blockDepth = blocks(depth, of: 1, most: 256)
        left = Self.allocate(blockRows * blockDepth)
        right = Self.allocate(blockColumns * blockDepth)
        sums = Self.allocate(blockRows * blockColumns)
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Sum> {
        UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Sum>.stride, alignment: 64
        ).bindMemory(to: Sum.self, capacity: count)
    }

    deinit {
        for memory in [left, right, sums] { UnsafeMutableRawPointer(memory).deallocate() }
    }

    /// Adds `a · b` to `c`, whose rows are `rowStride` elements apart.
    ///
    /// - Precondition: `a` is `[rows, depth]`, `b` is `[depth, columns]`, and `c` has memory for the result.
    func addProduct<Element: MatrixElement, Result: MatrixElement>(
        rows: Int, columns: Int, depth: Int, _ a: StridedMatrix<Element>,
        _ b: some MatrixSource<Sum>, to c: UnsafeMutablePointer<Result>, rowStride: Int
    ) where Element.Sum == Sum, Result.Sum == Sum {
        let transposed = a.transposed
        for column in stride(from: 0, to: columns, by: blockColumns) {
            let columnEnd = min(column + blockColumns, columns)
            for row in stride(from: 0, to: rows, by: blockRows) {
                let rowEnd = min(row + blockRows, rows)
                sums.update(repeating: 0, count: blockRows * blockColumns)
                for step in stride(from: 0, to: depth, by: blockDepth) {
                    let stepEnd = min(step + blockDepth, depth)
                    if rows == 1 {
                        for index in step..<stepEnd {
                            left[index - step] = a.base[index * a.columnStride].term
                        }
                        let isDone = b.addDots(
                            left, rows: step..<stepEnd, columns: column..<columnEnd, to: sums)
                        if isDone { continue }
                    }
                    b.pack(
                        rows: step..<stepEnd, columns: column..<columnEnd,
                        width: Self.tileColumns, into: right)
                    transposed.pack(
                        rows: step..<stepEnd, columns: row..<rowEnd, width: Self.tileRows,
                        into: left)
                    Sum.addStrips(
                        left, right, depth: stepEnd - step, rows: rowEnd - row,
                        columns: columnEnd - column, to: sums, stride: blockColumns)
                }
                for line in 0..<rowEnd - row {
                    let source = sums + line * blockColumns
                    let target = c + (row + line) * rowStride + column
                    for index in 0..<columnEnd - column {
                        target[index] = Result(target[index].term + source[index])
                    }
                }
            }
        }
    }
}

extension MatrixElement {
    static func addDots(
        _ row: UnsafePointer<Sum>, _ columns: UnsafePointer<Self>, depth: Int, stride: Int,
        to sums: UnsafeMutablePointer<Sum>, count: Int
    ) {
        for column in 0..<count {
            let elements = columns + column * stride
            for step in 0..<depth {
                sums[column] = Sum.multiplyAdd(sums[column], row[step], elements[step].term)
            }
        }
    }

    static func addStrips(
        _ left: UnsafePointer<Self>, _ right: UnsafePointer<Self>, depth: Int, rows: Int,
        columns: Int, to sums: UnsafeMutablePointer<Self>, stride: Int
    ) {
        for column in Swift.stride(from: 0, to: columns, by: Vector.scalarCount) {
            for row in Swift.stride(from: 0, to: rows, by: 4) {
                addTile(
                    left + row * depth, right + column * depth, depth: depth,
                    to: sums + row * stride + column, stride: stride)
            }
        }
    }

    @inline(__always)
    private static func addTile(
        _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, depth: Int,
        to sums: UnsafeMutablePointer<Self>, stride: Int
    ) {
        let vectors = UnsafeRawPointer(b).assumingMemoryBound(to: Vector.self)
        var sum0 = Vector(repeating: 0)
        var sum1 = sum0
        var sum2 = sum0
        var sum3 = sum0
        for step in 0..<depth {
            let vector = vectors[step]
            let factors = a + step * 4
            sum0 = multiplyAdd(sum0, factors[0], vector)
            sum1 = multiplyAdd(sum1, factors[1], vector)
            sum2 = multiplyAdd(sum2, factors[2], vector)
            sum3 = multiplyAdd(sum3, factors[3], vector)
        }
        for (line, sum) in [sum0, sum1, sum2, sum3].enumerated() {
            let raw = UnsafeMutableRawPointer(sums + line * stride)
            let old = UnsafeRawPointer(raw).loadUnaligned(as: Vector.self)
            raw.storeBytes(of: add(old, sum), as: Vector.self)
        }
    }
}
