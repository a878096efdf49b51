/// Conversion between half and single precision without branches, so that loops become vector code also where the processor
/// has no instruction for it, or may not be assumed to have it.
extension Float16 {
    /// The bits of the half-precision number that is nearest to `value`, ties to even.
    @inline(__always)
    static func bits(of value: Float) -> UInt16 {
        let magnitude = value.bitPattern & 0x7fff_ffff
        let sign = (value.bitPattern ^ magnitude) >> 16
        // The exponent is counted anew, and what is cut off rounds the rest up.
        let isOdd = (magnitude >> 13) & 1
        let normal = (magnitude &- (112 << 23) &+ 0xfff &+ isOdd) >> 13
        // Adding ½ leaves multiples of 2⁻²⁴ in the lowest bits.
        let half = Float(0.5).bitPattern
        let small = (Float(bitPattern: magnitude) + 0.5).bitPattern &- half
        let isNaN = magnitude > 0x7f80_0000
        let special: UInt32 = isNaN ? 0x7e00 | ((magnitude >> 13) & 0x1ff) : 0x7c00
        let finite = magnitude < 113 << 23 ? small : normal
        let result = magnitude >= 143 << 23 ? special : finite
        return UInt16(truncatingIfNeeded: result | sign)
    }
}

extension Float {
    /// The number with the bits of a half-precision number.
    @inline(__always)
    init(half bits: UInt16) {
        let magnitude = UInt32(bits & 0x7fff) << 13
        let sign = UInt32(bits & 0x8000) << 16
        // 2¹¹² puts the exponent right, of numbers too small to be normal too.
        let scaled = Float(bitPattern: magnitude) * Float(bitPattern: 239 << 23)
        let isFinite = magnitude < 0x7c00 << 13
        let result = isFinite ? scaled.bitPattern : magnitude | 0x7f80_0000
        self.init(bitPattern: result | sign)
    }
}
