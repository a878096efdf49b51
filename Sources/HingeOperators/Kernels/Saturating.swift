extension FixedWidthInteger {
    /// The integer part of a number, or the bound of the type that is nearest to it; 0 of a NaN.
    @inline(__always)
    init<Number: BinaryFloatingPoint>(saturating value: Number) {
        if value.isNaN {
            self = 0
        } else if value <= Number(Self.min) {
            self = Self.min
        } else if value >= Number(Self.max) {
            self = Self.max
        } else {
            self = Self(value)
        }
    }
}
