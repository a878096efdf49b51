/// A 16-bit floating-point number with the exponent of `Float` and 8 bits of precision.
public struct BFloat16: Sendable, Hashable, BitwiseCopyable {
    /// The bits: 1 sign, 8 exponent, 7 fraction.
    public var bitPattern: UInt16

    /// Creates a number from its bits.
    @inlinable
    public init(bitPattern: UInt16) {
        self.bitPattern = bitPattern
    }

    /// Creates the number nearest to `value`, ties to even.
    ///
    /// A NaN stays a NaN.
    @inlinable
    public init(_ value: Float) {
        let bits = value.bitPattern
        if value.isNaN {
            bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x0040
        } else {
            let rounding = 0x7FFF &+ ((bits >> 16) & 1)
            bitPattern = UInt16(truncatingIfNeeded: (bits &+ rounding) >> 16)
        }
    }
}

extension Float {
    /// Creates the `Float` with exactly the value of `value`.
    @inlinable
    public init(_ value: BFloat16) {
        self = Float(bitPattern: UInt32(value.bitPattern) << 16)
    }
}
