import HingeGraph

/// How much two tensors differ.
public struct TensorComparison: Sendable, Hashable {
    /// The number of elements compared.
    public var count = 0
    /// The largest |a − b| over the finite elements.
    public var largestAbsolute = 0.0
    /// The largest |a − b| / |b| over the finite elements with b ≠ 0.
    public var largestRelative = 0.0
    /// ‖a − b‖₂ / ‖b‖₂ over the finite elements; ‖a − b‖₂ when b is all zero.
    public var relativeL2 = 0.0
    /// The largest distance in units in the last place, of the less precise of the two types.
    public var largestULP: UInt64 = 0
    /// The linear index of the element with the largest absolute difference.
    public var worstIndex: Int?
    /// The number of elements of which one is NaN or infinite and the other isn't the same.
    public var nonFiniteMismatches = 0
    /// Why the tensors can't be compared or exact elements differ; `nil` when they can and don't.
    public var mismatch: String?
    /// Whether the tensors are equal within the tolerance.
    public var isEqual = true

    /// Compares two tensors.
    ///
    /// - Parameters:
    ///   - found: The tensor to judge.
    ///   - expected: The tensor that it should be.
    ///   - tolerance: How far floating-point elements may be apart.
    public init(_ found: Tensor, _ expected: Tensor, tolerance: Tolerance = Tolerance()) {
        count = expected.count
        guard found.shape == expected.shape else {
            fail("expected shape \(expected.shape), found \(found.shape)")
            return
        }
        guard found.dataType == expected.dataType else {
            fail("expected elements of type \(expected.dataType), found \(found.dataType)")
            return
        }
        if expected.dataType.isFloatingPoint {
            compareFloats(found, expected, tolerance)
        } else {
            compareExactly(found, expected)
        }
    }

    private mutating func fail(_ message: String) {
        mismatch = message
        isEqual = false
    }

    private mutating func compareExactly(_ found: Tensor, _ expected: Tensor) {
        if found == expected { return }
        if expected.dataType == .bool, let a = try? found.doubles(),
            let b = try? expected.doubles(),
            a == b
        {
            return
        }
        if let a = found.strings, let b = expected.strings {
            let index = a.indices.first { a[$0] != b[$0] } ?? 0
            worstIndex = index
            return fail("element \(index): expected '\(b[index])', found '\(a[index])'")
        }
        guard let a = try? found.doubles(), let b = try? expected.doubles() else {
            return fail("the elements differ")
        }
        for index in a.indices where a[index] != b[index] {
            let difference = abs(a[index] - b[index])
            if difference > largestAbsolute || worstIndex == nil {
                largestAbsolute = difference
                worstIndex = index
            }
        }
        let index = worstIndex ?? 0
        fail("element \(index): expected \(b[index]), found \(a[index])")
    }

    private mutating func compareFloats(
        _ found: Tensor, _ expected: Tensor, _ tolerance: Tolerance
    ) {
        guard let a = try? found.doubles(), let b = try? expected.doubles() else {
            return compareExactly(found, expected)
        }
        var squaredDifference = 0.0
        var squaredNorm = 0.0
        for index in b.indices {
            let (x, y) = (a[index], b[index])
            guard x.isFinite, y.isFinite else {
                if !(x == y || x.isNaN && y.isNaN) {
                    nonFiniteMismatches += 1
                    if worstIndex == nil { worstIndex = index }
                }
                continue
            }
            let difference = abs(x - y)
            squaredDifference += difference * difference
            squaredNorm += y * y
            if difference > largestAbsolute {
                largestAbsolute = difference
                worstIndex = index
            }
            if y != 0 { largestRelative = max(largestRelative, difference / abs(y)) }
        }
        relativeL2 =
            squaredNorm > 0
            ? (squaredDifference / squaredNorm).squareRoot() : squaredDifference.squareRoot()
        largestULP = (try? ULPDistance.largest(found, expected)) ?? 0
        let isClose =
            relativeL2 <= tolerance.relativeL2(for: expected.dataType)
            || largestAbsolute <= tolerance.absolute
        isEqual = nonFiniteMismatches == 0 && isClose
    }
}
