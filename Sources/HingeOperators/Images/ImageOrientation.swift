import HingeGraph

/// How the rows and columns of a stored image lie in the image that people see.
///
/// Source: the tag `Orientation` (0x112) of TIFF 6.0 and Exif 2.32.
package enum ImageOrientation: Int, Sendable, CaseIterable {
    case upright = 1
    case mirrored, rotatedBy180, flipped, transposed, rotatedBy90, transversed, rotatedBy270

    /// Whether rows are columns.
    private var swapsAxes: Bool { rawValue >= 5 }
    private var reversesRows: Bool {
        [.rotatedBy180, .flipped, .rotatedBy90, .transversed].contains(self)
    }
    private var reversesColumns: Bool {
        [.mirrored, .rotatedBy180, .transversed, .rotatedBy270].contains(self)
    }

    /// The image that people see.
    package func seen(_ stored: DecodedImage) -> DecodedImage {
        guard self != .upright else { return stored }
        let (height, width, channels) = (stored.height, stored.width, stored.channels)
        var pixels = [UInt8](repeating: 0, count: stored.pixels.count)
        let seenWidth = swapsAxes ? height : width
        for row in 0..<height {
            for column in 0..<width {
                let y = reversesRows ? height - 1 - row : row
                let x = reversesColumns ? width - 1 - column : column
                let target = channels * (swapsAxes ? x * seenWidth + y : y * seenWidth + x)
                let source = channels * (row * width + column)
                for channel in 0..<channels {
                    pixels[target + channel] = stored.pixels[source + channel]
                }
            }
        }
        return DecodedImage(
            width: seenWidth, height: swapsAxes ? width : height, channels: channels,
            pixels: pixels)
    }
}

extension ImageOrientation {
    /// What a file says: a JPEG, PNG or WebP file in its Exif metadata, a TIFF file in itself; upright otherwise.
    init(ofFile bytes: UnsafeRawBufferPointer) {
        let file = MetadataBytes(bytes[...])
        let block =
            file.hasTIFFHeader ? file : file.exifOfJPEG ?? file.exifOfPNG ?? file.exifOfWebP
        self = block?.orientation.flatMap(ImageOrientation.init(rawValue:)) ?? .upright
    }
}

/// A part of a file, in which nothing is beyond its end: what isn't there is `nil`.
private struct MetadataBytes {
    private let bytes: Slice<UnsafeRawBufferPointer>

    init(_ bytes: Slice<UnsafeRawBufferPointer>) { self.bytes = bytes }

    private func part(_ start: Int, _ count: Int) -> MetadataBytes? {
        guard start >= 0, count >= 0, start <= bytes.count, count <= bytes.count - start else {
            return nil
        }
        let first = bytes.startIndex + start
        return MetadataBytes(bytes[first..<first + count])
    }

    private func number(_ start: Int, _ count: Int, isLittle: Bool) -> Int? {
        guard let part = part(start, count) else { return nil }
        let number = (isLittle ? Array(part.bytes.reversed()) : Array(part.bytes))
            .reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        return Int(exactly: number)
    }

    private func has(_ text: String, at start: Int) -> Bool {
        part(start, text.utf8.count)?.bytes.elementsEqual(text.utf8) ?? false
    }

    private var isLittle: Bool { has("II", at: 0) }

    var hasTIFFHeader: Bool {
        (isLittle || has("MM", at: 0)) && [42, 43].contains(number(2, 2, isLittle: isLittle))
    }

    /// The tag's value in the first directory of a TIFF block; BigTIFF counts and places entries in 64 bits.
    var orientation: Int? {
        guard hasTIFFHeader else { return nil }
        let isBig = number(2, 2, isLittle: isLittle) == 43
        let (countSize, entrySize, valueOffset) = isBig ? (8, 20, 12) : (2, 12, 8)
        guard let directory = number(isBig ? 8 : 4, isBig ? 8 : 4, isLittle: isLittle),
            let count = number(directory, countSize, isLittle: isLittle)
        else { return nil }
        for index in 0..<min(count, 4096) {
            let entry = directory + countSize + index * entrySize
            guard let tag = number(entry, 2, isLittle: isLittle) else { return nil }
            if tag == 0x112 { return number(entry + valueOffset, 2, isLittle: isLittle) }
        }
        return nil
    }

    /// What follows an Exif signature, where there is one.
    private var withoutSignature: MetadataBytes? {
        has("Exif\0\0", at: 0) ? part(6, bytes.count - 6) : self
    }

    /// Segments of JPEG: 0xFF and a marker, then a length that counts itself; the pixels follow marker 0xDA.
    var exifOfJPEG: MetadataBytes? {
        guard number(0, 2, isLittle: false) == 0xFFD8 else { return nil }
        var place = 2
        while let marker = number(place, 2, isLittle: false), marker >> 8 == 0xFF, marker != 0xFFDA
        {
            if marker == 0xFFFF {
                place += 1
                continue
            }
            guard let length = number(place + 2, 2, isLittle: false), length >= 2 else {
                return nil
            }
            if marker == 0xFFE1, has("Exif\0\0", at: place + 4) {
                return part(place + 4, length - 2)?.withoutSignature
            }
            place += 2 + length
        }
        return nil
    }

    /// Chunks of PNG: a length, a name, that many bytes and a checksum.
    var exifOfPNG: MetadataBytes? {
        guard has("PNG\r\n", at: 1) else { return nil }
        return chunk("eXIf", from: 8, isLittle: false) { $0 + 12 }
    }

    /// Chunks of WebP: a name, a length, and that many bytes, evened.
    var exifOfWebP: MetadataBytes? {
        guard has("RIFF", at: 0), has("WEBP", at: 8) else { return nil }
        return chunk("EXIF", from: 12, isLittle: true) { $0 + $0 % 2 + 8 }
    }

    /// The bytes of the first chunk of a name, where a chunk of so many bytes takes so many in all.
    private func chunk(
        _ name: String, from start: Int, isLittle: Bool, _ size: (Int) -> Int
    ) -> MetadataBytes? {
        var place = start
        while let length = number(place + (isLittle ? 4 : 0), 4, isLittle: isLittle) {
            if has(name, at: place + (isLittle ? 0 : 4)) {
                return part(place + 8, length)?.withoutSignature
            }
            place += size(length)
        }
        return nil
    }
}
