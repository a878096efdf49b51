/// Converts big-endian numbers.
package enum ByteOrder {
    /// A copy of the elements in which the bytes of each number are reversed.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for it.
    package static func swapped(_ region: MemoryRegion, _ type: DataType) throws -> MemoryRegion {
        let isComplex = type == .complex64 || type == .complex128
        return try swapped(region, byteCount: type.bitWidth / 8 / (isComplex ? 2 : 1))
    }

    /// A copy in which every `byteCount` bytes are reversed.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for it.
    package static func swapped(_ region: MemoryRegion, byteCount: Int) throws -> MemoryRegion {
        let copy = try MemoryRegion(allocating: region.byteCount)
        let source = region.bytes
        let target = UnsafeMutableRawBufferPointer(start: copy.base, count: copy.byteCount)
        guard byteCount > 1 else {
            target.copyMemory(from: source)
            return copy
        }
        for start in stride(from: 0, through: source.count - byteCount, by: byteCount) {
            for offset in 0..<byteCount {
                target[start + offset] = source[start + byteCount - 1 - offset]
            }
        }
        return copy
    }
}
