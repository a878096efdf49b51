/// Strings in NumPy's arrays: all of the same size, padded with zeros.
enum NpyStrings {
    /// The strings of an array of byte strings.
    static func bytes(_ region: MemoryRegion, _ count: Int, _ byteCount: Int) -> [ByteString] {
        (0..<count).map { index in
            let bytes = region.bytes[index * byteCount..<(index + 1) * byteCount]
            let end = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? bytes.startIndex
            return ByteString(bytes: bytes[bytes.startIndex..<end])
        }
    }

    /// The strings of an array of little-endian Unicode scalars.
    static func unicode(
        _ region: MemoryRegion, _ count: Int, _ byteCount: Int
    ) throws -> [ByteString] {
        try (0..<count).map { index in
            var text = String.UnicodeScalarView()
            var zeros = 0
            for offset in stride(from: index * byteCount, to: (index + 1) * byteCount, by: 4) {
                let value = region.bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                guard let scalar = Unicode.Scalar(value) else {
                    throw HingeError(
                        .badData, "string \(index) holds \(value), which is not a Unicode scalar")
                }
                if value == 0 {
                    zeros += 1
                } else {
                    text.append(contentsOf: repeatElement("\0", count: zeros))
                    text.append(scalar)
                    zeros = 0
                }
            }
            return ByteString(String(text))
        }
    }

    /// The array that holds the strings: of Unicode scalars, or of bytes if some are not UTF-8.
    ///
    /// - Throws: ``HingeError`` when a string ends in zero, which NumPy can't tell from padding.
    static func encode(_ strings: [ByteString]) throws -> (NpyElement, MemoryRegion) {
        guard !strings.contains(where: { $0.bytes.last == 0 }) else {
            throw HingeError(.unsupported, "NumPy has no strings that end in a zero byte")
        }
        let texts = strings.compactMap(\.text)
        let isUnicode = texts.count == strings.count
        let words =
            isUnicode
            ? texts.map { $0.unicodeScalars.map(\.value) }
            : strings.map { $0.bytes.map { UInt32($0) } }
        let size = isUnicode ? 4 : 1
        let (byteCount, overflow) = max(1, words.map(\.count).max() ?? 1)
            .multipliedReportingOverflow(by: size)
        let (total, totalOverflow) = byteCount.multipliedReportingOverflow(by: strings.count)
        guard !overflow, !totalOverflow, total <= 1 << 40 else {
            throw HingeError(.limit, "the strings are too long for an array of NumPy")
        }
        let region = try MemoryRegion(allocating: total)
        region.base.initializeMemory(as: UInt8.self, repeating: 0, count: total)
        for (index, word) in words.enumerated() {
            for (position, value) in word.enumerated() {
                let offset = index * byteCount + position * size
                if isUnicode {
                    region.base.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
                } else {
                    region.base.storeBytes(
                        of: UInt8(truncatingIfNeeded: value), toByteOffset: offset, as: UInt8.self)
                }
            }
        }
        return (NpyElement(kind: isUnicode ? .unicode : .bytes, byteCount: byteCount), region)
    }
}
