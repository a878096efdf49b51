/// Elements of at most 8 bits, one behind the other from the lowest bit of the first byte on.
///
/// Those whose width doesn't divide 8 lie across the ends of bytes.
///
/// Source: the comments on `raw_data` of ONNX's `TensorProto`.
package enum PackedBits {
    /// The bits of element `index`, in the lowest ones.
    package static func element(
        of bytes: UnsafeRawBufferPointer, at index: Int, width: Int
    ) -> UInt8 {
        let (byte, shift) = ((index &* width) >> 3, (index &* width) & 7)
        var bits = UInt16(bytes[byte])
        if shift + width > 8 { bits |= UInt16(bytes[byte + 1]) << 8 }
        return UInt8(truncatingIfNeeded: bits >> shift) & mask(width)
    }

    /// Writes element `index`, of which the lowest bits are taken.
    ///
    /// A byte is cleared by the first element in it, so elements are written in order, from one that begins a byte on.
    package static func store(
        _ element: UInt8, in bytes: UnsafeMutableRawBufferPointer, at index: Int, width: Int
    ) {
        let (byte, shift) = ((index &* width) >> 3, (index &* width) & 7)
        let bits = UInt16(element & mask(width)) << shift
        let low = UInt8(truncatingIfNeeded: bits)
        bytes[byte] = shift == 0 ? low : bytes[byte] | low
        if shift + width > 8 { bytes[byte + 1] = UInt8(bits >> 8) }
    }

    private static func mask(_ width: Int) -> UInt8 { 0xFF >> UInt8(8 - width) }
}
