import HingeGraph

/// How much two tensors differ.
public struct TensorComparison: Sendable, Hashable {
    /// The number of elements of the expected tensor.
    public var count = 0
    /// The number of elements that were compared as numbers, booleans or strings: all but those that are not finite.
    public var comparedCount = 0
    /// The largest |a − b| over the finite elements.
    public var largestAbsolute = 0.0
    /// The largest |a − b| / |b| over the finite elements with b ≠ 0.
    public var largestRelative = 0.0
    /// The largest |a − b| / max(|b|, r) over the finite elements, where r is the root of the mean of the squares of b.
    public var largestScaled = 0.0
    /// ‖a − b‖₂ / ‖b‖₂ over the finite elements; infinite when b is all zero and a isn't, and when the tensors
    /// can't be compared.
    public var relativeL2 = 0.0
    /// The number of elements that are off by more than ``Tolerance/elementFactor`` times the limit, by their own size.
    public var farCount = 0
    /// The largest distance in units in the last place, of the less precise of the two types.
    public var largestULP: UInt64 = 0
    /// The linear index of the element with the largest absolute difference.
    public var worstIndex: Int?
    /// The number of elements of which one is NaN or infinite and the other isn't the same.
    public var nonFiniteMismatches = 0
    /// Whether the expected tensor has several elements, and all are the same.
    public var isConstant = false
    /// Why the tensors are not equal; `nil` when they are.
    public var mismatch: String?

    /// Whether the tensors are equal within the tolerance.
    public var isEqual: Bool { mismatch == nil }

    /// Whether numbers were compared, and all infinite ones are in their places.
    var isNumeric: Bool { relativeL2.isFinite && relativeL2 > 0 && nonFiniteMismatches == 0 }

    /// Whether the tensors are as near each other as rounding errors may bring them, though not within the tolerance.
    var mayBeRounding: Bool {
        nonFiniteMismatches == 0 && relativeL2 < 1e-3 && (isEqual || relativeL2 > 0)
    }

    /// Compares two tensors.
    ///
    /// - Parameters:
    ///   - found: The tensor to judge.
    ///   - expected: The tensor that it should be.
    ///   - tolerance: How far floating-point elements may be apart.
    public init(_ found: Tensor, _ expected: Tensor, tolerance: Tolerance = Tolerance()) {
        self.init(found, expected, tolerance: tolerance, precision: expected.dataType)
    }

    /// Compares two tensors whose elements were computed with the precision of another type.
    init(_ found: Tensor, _ expected: Tensor, tolerance: Tolerance, precision: DataType) {
        count = expected.count
        guard found.shape == expected.shape else {
            fail("expected shape \(expected.shape), found \(found.shape)")
            return
        }
        guard found.dataType == expected.dataType else {
            fail("expected elements of type \(expected.dataType), found \(found.dataType)")
            return
        }
        if expected.dataType.isRounded, let a = found.reals, let b = expected.reals {
            compareReals(a, b, tolerance, precision, expected)
            largestULP = (try? ULPDistance.largest(found, expected)) ?? 0
        } else {
            compareExactly(found, expected)
        }
    }

    /// A comparison of values that are not tensors: of none of the elements.
    init(mismatch: String?) {
        if let mismatch { fail(mismatch) }
    }

    private mutating func fail(_ message: String) {
        mismatch = message
        relativeL2 = .infinity
    }
}

extension TensorComparison {
    private mutating func compareExactly(_ found: Tensor, _ expected: Tensor) {
        comparedCount = count
        func compare<Element: Equatable>(
            _ a: [Element], _ b: [Element], _ text: (Element) -> String,
            _ distance: (Element, Element) -> Double
        ) {
            isConstant = b.count > 1 && b.allSatisfy { $0 == b[0] }
            for index in b.indices where a[index] != b[index] {
                let difference = distance(a[index], b[index])
                if worstIndex == nil || difference > largestAbsolute {
                    largestAbsolute = difference
                    worstIndex = index
                }
            }
            if let index = worstIndex {
                fail(
                    "element \(expected.coordinates(of: index)): expected \(text(b[index])), "
                        + "found \(text(a[index]))")
            }
        }
        if let a = found.strings, let b = expected.strings {
            compare(a, b, { "'\($0)'" }, { _, _ in 0 })
        } else if let a = try? found.integers(), let b = try? expected.integers() {
            compare(a, b, { "\($0)" }, { abs(Double($0) - Double($1)) })
        } else if expected.dataType == .uint64, let a = try? found.array(of: UInt64.self),
            let b = try? expected.array(of: UInt64.self)
        {
            compare(a, b, { "\($0)" }, { abs(Double($0) - Double($1)) })
        } else if found != expected {
            fail("the elements differ")
        }
    }

    private mutating func compareReals(
        _ a: [Double], _ b: [Double], _ tolerance: Tolerance, _ precision: DataType,
        _ expected: Tensor
    ) {
        let type = expected.dataType
        let figures = Magnitudes(b)
        isConstant = figures.isConstant
        let limit = tolerance.relativeL2(for: precision)
        let negligible = tolerance.negligible(for: type)
        let noise = Tolerance.unitRoundoff(of: precision) * figures.largest
        let largest = Tolerance.elementFactor * limit
        var squares = ScaledSquares()
        var farthest: Int?
        for index in b.indices {
            let (x, y) = (a[index], b[index])
            guard x.isFinite, y.isFinite else {
                if !(x == y || x.isNaN && y.isNaN) {
                    nonFiniteMismatches += 1
                    if worstIndex == nil { worstIndex = index }
                }
                continue
            }
            comparedCount += 1
            let difference = abs(x - y)
            guard difference > 0 else { continue }
            if difference > largestAbsolute {
                largestAbsolute = difference
                worstIndex = index
            }
            if y != 0 { largestRelative = max(largestRelative, difference / abs(y)) }
            guard difference > negligible else { continue }
            squares.add(difference)
            let scaled = difference / max(abs(y), figures.rootMeanSquare)
            if scaled > largestScaled {
                largestScaled = scaled
                farthest = index
            }
            if difference > (y == 0 ? noise : largest * abs(y)) { farCount += 1 }
        }
        let norm = squares.norm
        relativeL2 = norm == 0 ? 0 : figures.norm == 0 ? .infinity : norm / figures.norm
        judge(a, b, limit, farthest, expected)
        if mismatch == nil,
            let index = Distributions(b, expected.shape)?.difference(
                a, limit, smallest: Tolerance.smallestNormal(of: precision))
        {
            mismatch =
                "element \(expected.coordinates(of: index)): expected the probability \(b[index]), "
                + "found \(a[index])"
        }
    }

    /// Says which condition does not hold, if one doesn't.
    private mutating func judge(
        _ a: [Double], _ b: [Double], _ limit: Double, _ farthest: Int?, _ expected: Tensor
    ) {
        func element(_ index: Int) -> String {
            "element \(expected.coordinates(of: index)): expected \(b[index]), found \(a[index])"
        }
        if nonFiniteMismatches > 0 {
            let index = b.indices.first {
                !(a[$0].isFinite && b[$0].isFinite || a[$0] == b[$0])
                    && !(a[$0].isNaN && b[$0].isNaN)
            }
            mismatch =
                "\(nonFiniteMismatches) elements are NaN or infinite on one side only; "
                + element(index ?? 0)
        } else if !(relativeL2 <= limit) {
            mismatch =
                "the relative L2 error \(relativeL2.short) is more than \(limit.short); "
                + element(worstIndex ?? 0)
        } else if let farthest, !(largestScaled <= Tolerance.elementFactor * limit) {
            mismatch =
                element(farthest)
                + ", which is off by more than \((Tolerance.elementFactor * limit).short) of the "
                + "larger of its own size and the root mean square"
        } else if farCount * 2 > comparedCount {
            mismatch =
                "\(farCount) of \(comparedCount) elements are off by more than "
                + "\((Tolerance.elementFactor * limit).short) of their own size"
        }
    }
}

/// A sum of squares that neither overflows nor underflows.
private struct ScaledSquares {
    private var scale = 0.0
    private var sum = 0.0

    mutating func add(_ value: Double) {
        guard value > 0 else { return }
        if value > scale {
            let ratio = scale / value
            sum = 1 + sum * ratio * ratio
            scale = value
        } else {
            let ratio = value / scale
            sum += ratio * ratio
        }
    }

    var norm: Double { scale * sum.squareRoot() }
}

/// How large the finite ones of some numbers are.
private struct Magnitudes {
    let norm: Double
    let rootMeanSquare: Double
    let largest: Double
    let isConstant: Bool

    init(_ numbers: [Double]) {
        var squares = ScaledSquares()
        var largest = 0.0
        var count = 0
        for number in numbers where number.isFinite {
            squares.add(abs(number))
            largest = max(largest, abs(number))
            count += 1
        }
        norm = squares.norm
        rootMeanSquare = norm / Double(max(count, 1)).squareRoot()
        self.largest = largest
        isConstant = numbers.count > 1 && numbers.allSatisfy { $0 == numbers[0] }
    }
}

extension Double {
    /// The number with two or three digits: `2e-06`.
    fileprivate var short: String {
        guard isFinite, self != 0 else { return "\(self)" }
        if (1e-3..<1e3).contains(magnitude) { return "\((self * 1e4).rounded() / 1e4)" }
        var exponent = 0
        var digits = magnitude
        while digits >= 9.995 {
            digits /= 10
            exponent += 1
        }
        while digits < 0.9995 {
            digits *= 10
            exponent -= 1
        }
        let text = "\((digits * 100).rounded() / 100)"
        let plain = text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        return (self < 0 ? "-" : "") + plain + (exponent == 0 ? "" : "e\(exponent)")
    }
}
