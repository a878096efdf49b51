extension FixedWidthInteger {
    /// The integer part of a number, or the bound of the type that is nearest to it; 0 of a NaN.
    ///
    /// - Precondition: the type has no more than 64 bits.
    @inline(__always)
    init(saturating value: Double) {
        if Self.bitWidth == 64 && !Self.isSigned {
            self.init(truncatingIfNeeded: UInt64(saturating: value))
        } else {
            self.init(clamping: Int64(saturating: value))
        }
    }

    /// The integer part of a number, or the bound of the type that is nearest to it; 0 of a NaN.
    @inline(__always)
    init(saturating value: Float) { self.init(saturating: Double(value)) }
}

extension Int64 {
    /// The integer part of a number, or the bound of the type that is nearest to it; 0 of a NaN.
    @inline(__always)
    init(saturating value: Double) {
        if value > -0x1p63 && value < 0x1p63 {
            self.init(value)
        } else {
            self = value.isNaN ? 0 : value < 0 ? .min : .max
        }
    }
}

extension UInt64 {
    /// The integer part of a number, or the bound of the type that is nearest to it; 0 of a NaN.
    @inline(__always)
    init(saturating value: Double) {
        if value > -1 && value < 0x1p64 {
            self.init(value)
        } else {
            self = value > 0 ? .max : 0
        }
    }
}
