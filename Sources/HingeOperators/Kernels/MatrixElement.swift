internal import CVectorMath
import HingeGraph

extension Float: MatrixElement {
    typealias Sum = Double

    @inline(__always)
    var term: Double { Double(self) }
    @inline(__always)
    static func multiplyAdd(_ sum: Float, _ a: Float, _ b: Float) -> Float { sum + a * b }
    @inline(__always)
    static func multiplyAdd(_ sum: SIMD8<Float>, _ a: Float, _ b: SIMD8<Float>) -> SIMD8<Float> {
        sum + a * b
    }
    @inline(__always)
    static func add(_ a: SIMD8<Float>, _ b: SIMD8<Float>) -> SIMD8<Float> { a + b }

    static func addDots(
        _ row: UnsafePointer<Double>, _ columns: UnsafePointer<Float>, depth: Int, stride: Int,
        to sums: UnsafeMutablePointer<Double>, count: Int
    ) {
        hinge_add_dots(row, columns, depth, stride, sums, count)
    }
}

extension Double: MatrixElement {
    typealias Sum = Double

    @inline(__always)
    static func multiplyAdd(_ sum: Double, _ a: Double, _ b: Double) -> Double { sum + a * b }
    @inline(__always)
    static func multiplyAdd(
        _ sum: SIMD8<Double>, _ a: Double, _ b: SIMD8<Double>
    ) -> SIMD8<Double> {
        sum + a * b
    }
    @inline(__always)
    static func add(_ a: SIMD8<Double>, _ b: SIMD8<Double>) -> SIMD8<Double> { a + b }

    static func addStrips(
        _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, depth: Int, rows: Int,
        columns: Int, to sums: UnsafeMutablePointer<Double>, stride: Int
    ) {
        hinge_add_strips(left, right, depth, rows, columns, sums, stride)
    }
}

extension Int32: MatrixElement {
    typealias Sum = Int32

    @inline(__always)
    static func multiplyAdd(_ sum: Int32, _ a: Int32, _ b: Int32) -> Int32 { sum &+ a &* b }
    @inline(__always)
    static func multiplyAdd(_ sum: SIMD8<Int32>, _ a: Int32, _ b: SIMD8<Int32>) -> SIMD8<Int32> {
        sum &+ a &* b
    }
    @inline(__always)
    static func add(_ a: SIMD8<Int32>, _ b: SIMD8<Int32>) -> SIMD8<Int32> { a &+ b }
}

extension UInt32: MatrixElement {
    typealias Sum = UInt32

    @inline(__always)
    static func multiplyAdd(_ sum: UInt32, _ a: UInt32, _ b: UInt32) -> UInt32 { sum &+ a &* b }
    @inline(__always)
    static func multiplyAdd(
        _ sum: SIMD8<UInt32>, _ a: UInt32, _ b: SIMD8<UInt32>
    ) -> SIMD8<UInt32> {
        sum &+ a &* b
    }
    @inline(__always)
    static func add(_ a: SIMD8<UInt32>, _ b: SIMD8<UInt32>) -> SIMD8<UInt32> { a &+ b }
}

extension Int64: MatrixElement {
    typealias Sum = Int64

    @inline(__always)
    static func multiplyAdd(_ sum: Int64, _ a: Int64, _ b: Int64) -> Int64 { sum &+ a &* b }
    @inline(__always)
    static func multiplyAdd(_ sum: SIMD4<Int64>, _ a: Int64, _ b: SIMD4<Int64>) -> SIMD4<Int64> {
        sum &+ a &* b
    }
    @inline(__always)
    static func add(_ a: SIMD4<Int64>, _ b: SIMD4<Int64>) -> SIMD4<Int64> { a &+ b }
}

extension UInt64: MatrixElement {
    typealias Sum = UInt64

    @inline(__always)
    static func multiplyAdd(_ sum: UInt64, _ a: UInt64, _ b: UInt64) -> UInt64 { sum &+ a &* b }
    @inline(__always)
    static func multiplyAdd(
        _ sum: SIMD4<UInt64>, _ a: UInt64, _ b: SIMD4<UInt64>
    ) -> SIMD4<UInt64> {
        sum &+ a &* b
    }
    @inline(__always)
    static func add(_ a: SIMD4<UInt64>, _ b: SIMD4<UInt64>) -> SIMD4<UInt64> { a &+ b }
}
