/// The variable-length integers of the protobuf wire format: 7 bits to a byte, the lowest first.
enum Varint {
    /// The number of bytes that `value` takes.
    static func byteCount(_ value: UInt64) -> Int {
        max(1, (64 - value.leadingZeroBitCount + 6) / 7)
    }

    /// Appends the shortest encoding of `value`.
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Reads the integer at `offset` and moves that behind it; `nil` when it does not end within
    /// `maximumByteCount` bytes or before `end`.
    @inline(__always)
    static func read(
        _ bytes: UnsafeRawBufferPointer, _ offset: inout Int, end: Int, maximumByteCount: Int
    ) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        let limit = min(end, offset + maximumByteCount)
        while offset < limit {
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
