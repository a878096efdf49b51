import HingeGraph

/// Bitmaps of Windows and OS/2, `BMP`, without compression: 1, 4 or 8 bits that number colours, or 16, 24 or 32 bits.
///
/// Little-endian. A header of 14 bytes: `BM`, the size, two zeros, and where the pixels begin. A second header, which
/// begins with its own size: width and height (16 bits each if it has 12 bytes, else 32), planes, bits of a pixel, and,
/// from 40 bytes on, the compression, and at 32 the number of colours; behind 40 bytes or in a longer header, masks of
/// red, green and blue. Then the colours, blue first. Rows take a multiple of four bytes and begin at the bottom unless the
/// height is negative.
///
/// Source: `BITMAPFILEHEADER`, `BITMAPCOREHEADER` and `BITMAPINFOHEADER` of the Windows API.
enum BitmapImage {
    static func isBitmap(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 18 && bytes.starts(with: "BM".utf8)
            && [12, 40, 52, 56, 64, 108, 124].contains(bytes[14])
            && bytes[15..<18].allSatisfy { $0 == 0 }
    }

    static func decode(_ bytes: UnsafeRawBufferPointer, pixelLimit: Int) throws -> DecodedImage {
        let file = Fields(bytes)
        let header = try file.number(14, 4)
        let isCore = header == 12
        let width = try isCore ? file.number(18, 2) : file.signed(18)
        let stated = try isCore ? file.number(20, 2) : file.signed(22)
        let height = abs(stated)
        let bits = try file.number(isCore ? 24 : 28, 2)
        let compression = try isCore ? 0 : file.number(30, 4)
        guard compression == 0 || compression == 3 else {
            throw HingeError(.unsupported, "a compressed BMP image (\(compression))")
        }
        let count = try DecodedImage.checkedCount(width, height, pixelLimit: pixelLimit)
        guard [1, 4, 8, 16, 24, 32].contains(bits) else {
            throw HingeError(.badData, "expected 1, 4, 8, 16, 24 or 32 bits, found \(bits)")
        }
        let start = try file.number(10, 4)
        let stride = (width * bits + 31) / 32 * 4
        guard start + stride * height <= bytes.count else { throw file.ended }
        let colors = try bits <= 8 ? palette(file, header, bits) : []
        let masks = try masks(file, header, bits, isGiven: compression == 3)
        var pixels = [UInt8](repeating: 0, count: 3 * count)
        for row in 0..<height {
            let line = start + stride * (stated < 0 ? row : height - 1 - row)
            for column in 0..<width {
                let target = 3 * (row * width + column)
                let color: (UInt8, UInt8, UInt8)
                if bits <= 8 {
                    let byte = Int(bytes[line + column * bits / 8])
                    let index = byte >> (8 - bits - column * bits % 8) & (1 << bits - 1)
                    guard index < colors.count else {
                        throw HingeError(
                            .badData, "expected one of \(colors.count) colours, found \(index)")
                    }
                    color = colors[index]
                } else if bits == 24 {
                    let place = line + 3 * column
                    color = (bytes[place + 2], bytes[place + 1], bytes[place])
                } else {
                    let number = try file.number(line + column * bits / 8, bits / 8)
                    color = (masks[0].of(number), masks[1].of(number), masks[2].of(number))
                }
                (pixels[target], pixels[target + 1], pixels[target + 2]) = color
            }
        }
        return DecodedImage(width: width, height: height, channels: 3, pixels: pixels)
    }

    private static func palette(
        _ file: Fields, _ header: Int, _ bits: Int
    ) throws -> [(UInt8, UInt8, UInt8)] {
        let stated = try header >= 40 ? file.number(46, 4) : 0
        let count = stated == 0 ? 1 << bits : min(stated, 1 << bits)
        let size = header == 12 ? 3 : 4
        return try (0..<count).map { index in
            let color = try file.number(14 + header + index * size, 3)
            return (UInt8(color >> 16 & 255), UInt8(color >> 8 & 255), UInt8(color & 255))
        }
    }

    private static func masks(
        _ file: Fields, _ header: Int, _ bits: Int, isGiven: Bool
    ) throws -> [Mask] {
        guard isGiven else {
            return (bits == 16 ? [0x7C00, 0x3E0, 0x1F] : [0xFF0000, 0xFF00, 0xFF]).map(Mask.init)
        }
        return try (0..<3).map { Mask(try file.number(54 + 4 * $0, 4)) }
    }

    /// The bits of a channel in a pixel.
    private struct Mask {
        private let shift: Int
        private let largest: Int

        init(_ bits: Int) {
            shift = bits == 0 ? 0 : bits.trailingZeroBitCount
            largest = bits >> shift
        }

        func of(_ pixel: Int) -> UInt8 {
            largest == 0 ? 0 : UInt8((pixel >> shift & largest) * 255 / largest)
        }
    }

    /// The numbers in a file.
    private struct Fields {
        private let bytes: UnsafeRawBufferPointer

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        var ended: HingeError { HingeError(.badData, "the file ends too early") }

        func number(_ place: Int, _ count: Int) throws -> Int {
            guard place >= 0, place <= bytes.count - count else { throw ended }
            return bytes[place..<place + count].reversed().reduce(0) { $0 << 8 | Int($1) }
        }

        func signed(_ place: Int) throws -> Int {
            Int(Int32(truncatingIfNeeded: try number(place, 4)))
        }
    }
}
