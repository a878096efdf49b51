import HingeGraph

/// How far each element may be from a recorded one, as the tests of the ONNX standard allow it.
///
/// With `a` an element found and `b` the one expected, |a − b| ≤ ``absolute`` + ``relative`` · |b| must hold of
/// floating-point and complex numbers, by themselves. NaN equals NaN, and infinities must be the same. Element types,
/// shapes, integers, booleans and strings must be the same.
///
/// It is looser than ``Tolerance``: it asks whether an operator is understood, not whether two models are one.
///
/// Source: `onnx.backend.test.runner` and `numpy.testing.assert_allclose`, which also give integers a tolerance.
public struct ElementTolerance: Sendable, Hashable {
    /// The limit that grows with the element.
    public var relative: Double
    /// The limit that does not.
    public var absolute: Double

    /// The relative limit of bfloat16 at least: two units in the last place.
    public static let bfloat16Relative = 0x1p-6

    /// Creates a tolerance; by default that of the ONNX standard's tests.
    public init(relative: Double = 1e-3, absolute: Double = 1e-7) {
        self.relative = relative
        self.absolute = absolute
    }

    /// Whether two numbers of a type are equal within the tolerance.
    func allows(_ found: Double, _ expected: Double, _ type: DataType) -> Bool {
        if found == expected || found.isNaN && expected.isNaN { return true }
        guard type.isRounded, found.isFinite, expected.isFinite else { return false }
        let relative = type == .bfloat16 ? max(relative, Self.bfloat16Relative) : relative
        return abs(found - expected) <= absolute + relative * abs(expected)
    }

    /// The first place at which two values differ; `nil` when they are equal within the tolerance.
    public func difference(_ found: Value, _ expected: Value) -> ValueDifference? {
        difference(found, expected, "")
    }

    private func difference(
        _ found: Value, _ expected: Value, _ part: String
    ) -> ValueDifference? {
        switch (found, expected) {
        case (.tensor(let a), .tensor(let b)):
            return difference(a, b, part)
        case (.sequence(let a), .sequence(let b)):
            guard a.count == b.count else { break }
            return first(a, b, part)
        case (.map(let keys, let a), .map(let otherKeys, let b)):
            if let difference = difference(keys, otherKeys, part + ".keys") { return difference }
            guard a.count == b.count else { break }
            return first(a, b, part)
        case (.sparseTensor(let a), .sparseTensor(let b)):
            guard a.shape == b.shape else { break }
            return difference(a.indices, b.indices, part + ".indices")
                ?? difference(a.values, b.values, part + ".values")
        case (.optional(let a?), .optional(let b?)): return difference(a, b, part)
        case (.optional(nil), .optional(nil)): return nil
        // A file that holds a value says nothing of its being optional.
        case (.optional(let a?), _): return difference(a, expected, part)
        default: break
        }
        return ValueDifference(
            part: part, expected: ModelComparison.describe(expected),
            found: ModelComparison.describe(found))
    }

    private func first(_ found: [Value], _ expected: [Value], _ part: String) -> ValueDifference? {
        for (index, (a, b)) in zip(found, expected).enumerated() {
            if let difference = difference(a, b, "\(part)[\(index)]") { return difference }
        }
        return nil
    }

    private func difference(
        _ found: Tensor, _ expected: Tensor, _ part: String
    ) -> ValueDifference? {
        let type = expected.dataType
        func place(of index: Int) -> [Int] { expected.coordinates(of: index) }
        func differ(_ expected: String, _ found: String, at index: Int? = nil) -> ValueDifference {
            ValueDifference(
                part: part, place: index.map(place), expected: expected,
                found: found)
        }
        guard found.dataType == expected.dataType, found.shape == expected.shape else {
            return differ(
                "\(expected.dataType)\(expected.shape)", "\(found.dataType)\(found.shape)")
        }
        if expected.dataType.isRounded {
            guard let a = found.reals, let b = expected.reals else {
                return found == expected ? nil : differ("other elements", "these")
            }
            return b.indices.first { !allows(a[$0], b[$0], type) }
                .map { differ(type.text(b[$0]), type.text(a[$0]), at: $0) }
        }
        guard found != expected else { return nil }
        func exact<Element: Equatable>(
            _ a: [Element], _ b: [Element], _ text: (Element) -> String = { "\($0)" }
        ) -> ValueDifference? {
            b.indices.first { a[$0] != b[$0] }.map { differ(text(b[$0]), text(a[$0]), at: $0) }
        }
        if let a = found.strings, let b = expected.strings { return exact(a, b) { "'\($0)'" } }
        if let a = try? found.array(of: UInt64.self), let b = try? expected.array(of: UInt64.self) {
            return exact(a, b)
        }
        if let a = try? found.integers(), let b = try? expected.integers() { return exact(a, b) }
        return differ("other elements", "these")
    }
}

extension DataType {
    /// An element as people read it, with the digits that the type has.
    func text(_ number: Double) -> String {
        self == .float64 || self == .complex128 ? "\(number)" : "\(Float(number))"
    }
}

/// Where two values differ, and how.
public struct ValueDifference: Sendable, Hashable {
    /// The part of a value that isn't a single tensor: `[2]` for the third of a sequence, `.keys` for those of a map.
    public var part: String
    /// The coordinates of the element; `nil` when shapes, types or kinds differ.
    public var place: [Int]?
    /// What was expected: an element, or a type and shape.
    public var expected: String
    /// What was found.
    public var found: String

    init(part: String = "", place: [Int]? = nil, expected: String, found: String) {
        self.part = part
        self.place = place
        self.expected = expected
        self.found = found
    }
}

extension ValueDifference: CustomStringConvertible {
    /// The text that people read: `[2], element [0, 3]: expected 1.5, found 2.0`.
    public var description: String {
        let places = [part.isEmpty ? nil : part, place.map { "element \($0)" }].compactMap { $0 }
        let what = "expected \(expected), found \(found)"
        return places.isEmpty ? what : places.joined(separator: ", ") + ": " + what
    }
}
