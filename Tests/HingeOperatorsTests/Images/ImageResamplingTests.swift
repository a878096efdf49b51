import HingeGraph
import Testing

@testable import HingeOperators

/// Images of other sizes, whose pixels are those that Pillow 13.0 gives: their CRC-32.
@Suite("Resampled images")
struct ImageResamplingTests {
    struct Case: CustomTestStringConvertible {
        let filter: ResamplingFilter
        /// Of 2 × 3 pixels.
        let smaller: UInt32
        /// Of 8 × 9 pixels.
        let larger: UInt32

        var testDescription: String { "\(filter)" }
    }

    static let cases = [
        Case(filter: .nearest, smaller: 0x8DF9_31FA, larger: 0x6A64_943F),
        Case(filter: .box, smaller: 0xAF20_A53A, larger: 0x6A64_943F),
        Case(filter: .bilinear, smaller: 0xA2DE_EB0E, larger: 0x15B5_E82F),
        Case(filter: .hamming, smaller: 0xB9F4_2863, larger: 0x36F1_A76A),
        Case(filter: .bicubic, smaller: 0x9312_0D2B, larger: 0x6FE7_285B),
        Case(filter: .lanczos, smaller: 0x5D46_9DDD, larger: 0x21E7_FD8C),
    ]

    /// 6 × 7 pixels in colour.
    private let image: DecodedImage = {
        let numbers = (0..<126).map { (index: Int) in index * 37 + index * index * 11 }
        return DecodedImage(
            width: 7, height: 6, channels: 3, pixels: numbers.map { UInt8($0 % 256) })
    }()

    @Test("Pixels are those that Pillow makes", arguments: cases)
    func pillow(_ example: Case) throws {
        for (height, width, checksum) in [(2, 3, example.smaller), (8, 9, example.larger)] {
            let result = try image.resized(
                height: height, width: width, example.filter, antialiases: true)
            #expect(result.pixels.count == height * width * 3)
            #expect(EncodedSample.checksum(result.pixels) == checksum)
        }
    }

    @Test("Without antialiasing, a filter looks at its nearest pixels")
    func aliased() throws {
        let row = DecodedImage(
            width: 8, height: 1, channels: 1, pixels: [0, 10, 20, 90, 0, 4, 8, 8])
        let half = try row.resized(height: 1, width: 2, .bilinear, antialiases: false)
        // The middles of the two pixels are at 1.5 and 5.5.
        #expect(half.pixels == [15, 6])
    }

    @Test("An image that would be too large is an error")
    func tooLarge() throws {
        let error = try #require(throws: HingeError.self) {
            _ = try image.resized(height: 1 << 40, width: 1 << 40, .bilinear, antialiases: true)
        }
        #expect(error.code == .limit)
    }
}

@Suite("Orientation of images")
struct ImageOrientationTests {
    /// What `exif_transpose` of Pillow 13.0 makes of `[[1, 2, 3], [4, 5, 6]]`.
    static let cases: [(ImageOrientation, [UInt8])] = [
        (.upright, [1, 2, 3, 4, 5, 6]), (.mirrored, [3, 2, 1, 6, 5, 4]),
        (.rotatedBy180, [6, 5, 4, 3, 2, 1]), (.flipped, [4, 5, 6, 1, 2, 3]),
        (.transposed, [1, 4, 2, 5, 3, 6]), (.rotatedBy90, [4, 1, 5, 2, 6, 3]),
        (.transversed, [6, 3, 5, 2, 4, 1]), (.rotatedBy270, [3, 6, 2, 5, 1, 4]),
    ]

    @Test("Pixels lie where people see them", arguments: cases)
    func places(_ orientation: ImageOrientation, _ expected: [UInt8]) {
        let stored = DecodedImage(width: 3, height: 2, channels: 1, pixels: [1, 2, 3, 4, 5, 6])
        let seen = orientation.seen(stored)
        #expect(seen.pixels == expected)
        #expect(seen.width == (orientation.rawValue < 5 ? 3 : 2))
        #expect(seen.height == (orientation.rawValue < 5 ? 2 : 3))
    }

    @Test(
        "Files say it in their metadata", arguments: EncodedSample.rotated.filter(\.isReadable))
    func metadata(_ sample: EncodedSample) throws {
        try sample.bytes.withUnsafeBytes { bytes in
            let stored = try EncodedImage.decode(bytes, pixelLimit: 10_000)
            let seen = EncodedImage.orientation(bytes).seen(stored)
            #expect([seen.height, seen.width] == sample.extents)
            #expect(EncodedSample.checksum(try seen.converted(to: .rgb).pixels) == sample.rgb)
            #expect(
                EncodedSample.checksum(try seen.converted(to: .grayscale).pixels) == sample.luma)
        }
    }

    @Test(
        "Metadata that end too early, or are damaged, do no harm", arguments: EncodedSample.rotated)
    func damaged(_ sample: EncodedSample) {
        for count in sample.bytes.indices {
            sample.bytes.prefix(count).withUnsafeBytes { _ = EncodedImage.orientation($0) }
        }
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<2000 {
            var bytes = sample.bytes
            for _ in 0..<4 {
                bytes[Int.random(in: 4..<bytes.count, using: &generator)] =
                    [0, 0xFF, .random(in: 0...255, using: &generator)].randomElement() ?? 0
            }
            bytes.withUnsafeBytes { _ = EncodedImage.orientation($0) }
        }
    }
}
