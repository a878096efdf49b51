import HingeGraph

/// The portable formats of Netpbm: `P1` to `P6`, that is, bits, grey and colour, as text and as bytes.
///
/// A header of white-space-separated words (`P6`, width, height, and, except for bits, the largest value), with
/// comments from `#` to the end of the line; then, behind one white space, the samples, row by row. Bits are 1 for
/// black, and eight to a byte, each row beginning a byte. Samples above 255 take two bytes, the upper first.
///
/// Source: the manual pages pbm(5), pgm(5) and ppm(5) of Netpbm.
enum PortableImage {
    static func isPortable(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count > 2 && bytes[0] == UInt8(ascii: "P")
            && (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(bytes[1]) && isSpace(bytes[2])
    }

    static func decode(_ bytes: UnsafeRawBufferPointer, pixelLimit: Int) throws -> DecodedImage {
        var reader = Reader(bytes)
        let kind = Int(bytes[1] - UInt8(ascii: "0"))
        let width = try reader.number()
        let height = try reader.number()
        let isBits = kind == 1 || kind == 4
        let largest = isBits ? 1 : try reader.number()
        guard (1...65535).contains(largest) else {
            throw HingeError(.badData, "expected a largest value up to 65535, found \(largest)")
        }
        let count = try DecodedImage.checkedCount(width, height, pixelLimit: pixelLimit)
        let channels = kind == 3 || kind == 6 ? 3 : 1
        // Each sample takes a bit at least: a short file asks for no memory.
        guard count * channels / 8 <= bytes.count else { throw reader.ended }
        var pixels = [UInt8](repeating: 0, count: count * channels)
        switch kind {
        case 1:
            for index in pixels.indices { pixels[index] = try reader.bit() == 0 ? 255 : 0 }
        case 2, 3:
            for index in pixels.indices {
                pixels[index] = try scaled(try reader.number(), largest)
            }
        case 4:
            try reader.skipSpace()
            for row in 0..<height {
                var byte = 0
                for column in 0..<width {
                    if column % 8 == 0 { byte = try reader.byte() }
                    pixels[row * width + column] = byte >> (7 - column % 8) & 1 == 0 ? 255 : 0
                }
            }
        default:
            try reader.skipSpace()
            for index in pixels.indices {
                let upper = largest > 255 ? try reader.byte() << 8 : 0
                pixels[index] = try scaled(upper + reader.byte(), largest)
            }
        }
        return DecodedImage(width: width, height: height, channels: channels, pixels: pixels)
    }

    private static func scaled(_ sample: Int, _ largest: Int) throws -> UInt8 {
        guard sample <= largest else {
            throw HingeError(.badData, "expected a sample up to \(largest), found \(sample)")
        }
        return UInt8(largest == 255 ? sample : (sample * 255 + largest / 2) / largest)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private struct Reader {
        private let bytes: UnsafeRawBufferPointer
        private var place = 2

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        var ended: HingeError { HingeError(.badData, "the file ends too early") }

        mutating func byte() throws -> Int {
            guard place < bytes.count else { throw ended }
            defer { place += 1 }
            return Int(bytes[place])
        }

        /// Passes the one white space behind the header.
        mutating func skipSpace() throws { _ = try byte() }

        /// Passes white space and comments.
        private mutating func skipToWord() {
            while place < bytes.count {
                if bytes[place] == UInt8(ascii: "#") {
                    while place < bytes.count, bytes[place] != 0x0A, bytes[place] != 0x0D {
                        place += 1
                    }
                } else if PortableImage.isSpace(bytes[place]) {
                    place += 1
                } else {
                    return
                }
            }
        }

        /// The next number, of at most nine digits.
        mutating func number() throws -> Int {
            skipToWord()
            var number = 0
            let start = place
            while place < bytes.count, case let digit = Int(bytes[place]) - 0x30,
                (0...9).contains(digit), place - start < 9
            {
                number = 10 * number + digit
                place += 1
            }
            guard place > start else {
                guard place < bytes.count else { throw ended }
                throw HingeError(.badData, "expected a number", at: [.byteOffset(place)])
            }
            return number
        }

        /// The next `0` or `1`, which need no white space between them.
        mutating func bit() throws -> Int {
            skipToWord()
            let digit = try byte() - 0x30
            guard digit == 0 || digit == 1 else {
                throw HingeError(.badData, "expected 0 or 1", at: [.byteOffset(place - 1)])
            }
            return digit
        }
    }
}
