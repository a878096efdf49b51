import HingeGraph

/// A Swift type of tensor elements that are numbers, with the type that evaluation computes them in.
///
/// The 16-bit floating-point types are computed in `Float`, all others in themselves.
protocol NumberElement: TensorElement {
    associatedtype Computed: ComputedNumber

    /// Rounds a computed number to an element.
    init(computed: Computed)

    /// Rounds a number, once, to an element; that of an integer type is cut off to 64 bits, of which the lower
    /// ones stay.
    init(rounding value: Double)

    /// The element as a number to compute with.
    var computed: Computed { get }
}

/// A number to compute with: arithmetic on integers wraps around.
protocol ComputedNumber: Comparable, Sendable, BitwiseCopyable {
    /// The type that sums and products of many are kept in.
    associatedtype Accumulator: ComputedNumber

    static var zero: Self { get }
    static var one: Self { get }
    /// The least number: −∞ if there is one.
    static var lowest: Self { get }
    /// The largest number: ∞ if there is one.
    static var highest: Self { get }
    var isNotANumber: Bool { get }
    static func sum(_ a: Self, _ b: Self) -> Self
    static func product(_ a: Self, _ b: Self) -> Self

    init(_ value: Accumulator)
    var accumulator: Accumulator { get }

    /// Takes an integer: its lower bits if it doesn't fit.
    init(wrapping value: Int64)
    /// An integer that orders numbers as they are; a NaN comes after all, and both zeros are equal.
    var orderKey: UInt64 { get }
    /// The number as a `Double`, rounded.
    var double: Double { get }
    /// The integer with the same lower bits; of a floating-point number, its integer part, saturated.
    var integer: Int64 { get }
}

extension ComputedNumber where Self: FixedWidthInteger {
    @inline(__always) static var one: Self { 1 }
    @inline(__always) static var lowest: Self { min }
    @inline(__always) static var highest: Self { max }
    @inline(__always) var isNotANumber: Bool { false }
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { a &+ b }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { a &* b }
    @inline(__always) var accumulator: Self { self }
    @inline(__always) init(wrapping value: Int64) { self.init(truncatingIfNeeded: value) }
    @inline(__always) var double: Double { Double(self) }
    @inline(__always) var integer: Int64 { Int64(truncatingIfNeeded: self) }
    @inline(__always) var orderKey: UInt64 {
        UInt64(truncatingIfNeeded: self) ^ (Self.isSigned ? 1 << 63 : 0)
    }
}

extension ComputedNumber where Self: BinaryFloatingPoint {
    @inline(__always) static var one: Self { 1 }
    @inline(__always) static var lowest: Self { -infinity }
    @inline(__always) static var highest: Self { infinity }
    @inline(__always) var isNotANumber: Bool { isNaN }
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { a + b }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { a * b }
    @inline(__always) var accumulator: Double { Double(self) }
    @inline(__always) init(wrapping value: Int64) { self.init(value) }
    @inline(__always) var double: Double { Double(self) }
    @inline(__always) var integer: Int64 { Int64(saturating: Double(self)) }
    @inline(__always) var orderKey: UInt64 {
        if isNaN { return .max }
        let bits = (Double(self) + 0).bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }
}

extension Int8: ComputedNumber {}
extension Int16: ComputedNumber {}
extension Int32: ComputedNumber {}
extension Int64: ComputedNumber {}
extension UInt8: ComputedNumber {}
extension UInt16: ComputedNumber {}
extension UInt32: ComputedNumber {}
extension UInt64: ComputedNumber {}
extension Float: ComputedNumber {}
extension Double: ComputedNumber {}

extension NumberElement where Computed == Self {
    @inline(__always) init(computed: Self) { self = computed }
    @inline(__always) var computed: Self { self }
}

extension NumberElement where Self: FixedWidthInteger {
    @inline(__always) init(rounding value: Double) {
        self.init(truncatingIfNeeded: Int64(saturating: value))
    }
}

extension Int8: NumberElement {}
extension Int16: NumberElement {}
extension Int32: NumberElement {}
extension Int64: NumberElement {}
extension UInt8: NumberElement {}
extension UInt16: NumberElement {}
extension UInt32: NumberElement {}

extension UInt64: NumberElement {
    @inline(__always) init(rounding value: Double) {
        self =
            value < 0
            ? UInt64(bitPattern: Int64(saturating: value)) : UInt64(saturating: value)
    }
}

extension Float: NumberElement {
    @inline(__always) init(rounding value: Double) { self.init(value) }
}

extension Double: NumberElement {
    @inline(__always) init(rounding value: Double) { self = value }
}

extension Float16: NumberElement {
    @inline(__always) init(computed: Float) { self.init(bitPattern: Float16.bits(of: computed)) }
    @inline(__always) init(rounding value: Double) {
        self.init(computed: Float(roundingToOdd: value))
    }
    @inline(__always) var computed: Float { Float(half: bitPattern) }
}

extension BFloat16: NumberElement {
    @inline(__always) init(computed: Float) { self.init(computed) }
    @inline(__always) var computed: Float { Float(self) }

    @inline(__always) init(rounding value: Double) { self.init(Float(roundingToOdd: value)) }
}

extension Float {
    /// The number itself if it is a `Float`, else the one of the two nearest whose last bit is set.
    ///
    /// Rounding that once more, to a type with fewer bits, is as good as rounding the number at once.
    @inline(__always) init(roundingToOdd value: Double) {
        let near = Float(value)
        guard Double(near) != value, !value.isNaN else {
            self = near
            return
        }
        let isAway = Double(near).magnitude > value.magnitude
        self.init(bitPattern: (isAway ? near.bitPattern - 1 : near.bitPattern) | 1)
    }
}

/// Code that is the same for all types of numbers.
protocol NumberVisitor {
    associatedtype Result
    mutating func visit<T: NumberElement>(_ type: T.Type) throws -> Result
}

extension DataType {
    /// Calls a visitor with the Swift type of the elements, booleans as `UInt8`; `nil` for types that aren't
    /// numbers of 8 bits or more.
    @inline(__always)
    func visit<V: NumberVisitor>(_ visitor: inout V) throws -> V.Result? {
        switch self {
        case .float32: try visitor.visit(Float.self)
        case .float64: try visitor.visit(Double.self)
        case .float16: try visitor.visit(Float16.self)
        case .bfloat16: try visitor.visit(BFloat16.self)
        case .int8: try visitor.visit(Int8.self)
        case .int16: try visitor.visit(Int16.self)
        case .int32: try visitor.visit(Int32.self)
        case .int64: try visitor.visit(Int64.self)
        case .uint8, .bool: try visitor.visit(UInt8.self)
        case .uint16: try visitor.visit(UInt16.self)
        case .uint32: try visitor.visit(UInt32.self)
        case .uint64: try visitor.visit(UInt64.self)
        default: nil
        }
    }
}
