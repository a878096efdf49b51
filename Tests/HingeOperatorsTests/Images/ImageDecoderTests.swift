import HingeGraph
import Testing

@testable import HingeOperators

@Suite("ImageDecoder")
struct ImageDecoderTests {
    private func decode(
        _ bytes: [UInt8], _ format: ImageDecoder.PixelFormat = .rgb
    ) throws -> Tensor {
        let results = try OperatorHarness.evaluate(
            ImageDecoder(pixelFormat: format), [Tensor(bytes)])
        return try #require(results[0])
    }

    private func pixels(_ text: String) throws -> [UInt8] {
        try decode(Array(text.utf8)).array(of: UInt8.self)
    }

    @Test("Pixels are those that Pillow reads", arguments: EncodedSample.all)
    func pillow(_ sample: EncodedSample) throws {
        guard sample.isReadable else {
            let error = #expect(throws: HingeError.self) { try decode(sample.bytes) }
            #expect(error?.message.contains("trait Images") == true)
            return
        }
        let rgb = try decode(sample.bytes)
        #expect(rgb.shape == sample.extents + [3])
        #expect(EncodedSample.checksum(try rgb.array(of: UInt8.self)) == sample.rgb)
        let luma = try decode(sample.bytes, .grayscale)
        #expect(luma.shape == sample.extents + [1])
        #expect(EncodedSample.checksum(try luma.array(of: UInt8.self)) == sample.luma)
        let bgr = try decode(sample.bytes, .bgr).array(of: UInt8.self)
        let swapped = bgr.indices.map { bgr[$0 / 3 * 3 + 2 - $0 % 3] }
        #expect(swapped == (try rgb.array(of: UInt8.self)))
    }

    @Test("Portable images are read as their manual says")
    func portable() throws {
        let text = try pixels("P1 # bits\n3 1 0 1\n# more\n0")
        #expect(text == [255, 255, 255, 0, 0, 0, 255, 255, 255])
        #expect(try pixels("P2 2 1 15 0 15") == [0, 0, 0, 255, 255, 255])
        #expect(try pixels("P3 1 1 255 1 2 3") == [1, 2, 3])
        let wide = Array("P5 1 1 65535\n".utf8) + [0x80, 0x80]
        #expect(try decode(wide).array(of: UInt8.self) == [128, 128, 128])
    }

    @Test("What is no image, or ends too early, gives no pixels")
    func damaged() throws {
        for text in ["", "no image", "P6 2 2 255\nabc", "P3 1 1 255 1 2 300", "P1 0 1 "] {
            #expect(try decode(Array(text.utf8)).shape == [0, 0, 3])
            #expect(try decode(Array(text.utf8), .grayscale).shape == [0, 0, 1])
        }
    }

    @Test("An image larger than the limit is an error")
    func tooLarge() throws {
        let text = "P6 99999 99999 255\n"
        let error = try #require(throws: HingeError.self) {
            try MemoryLimit.$perValue.withValue(1 << 20) { try pixels(text) }
        }
        #expect(error.code == .limit)
        #expect(
            error.message == "an image of 99999 × 99999 pixels is larger than the limit of 65536")
    }

    /// Every beginning of every file, and files with bytes changed, decode, or give no pixels, or are an error.
    @Test("Damaged files do no harm", arguments: EncodedSample.all)
    func hostile(_ sample: EncodedSample) throws {
        func check(_ bytes: [UInt8]) throws {
            do {
                let result = try MemoryLimit.$perValue.withValue(1 << 22) { try decode(bytes) }
                #expect(result.shape.count == 3)
            } catch let error as HingeError {
                #expect([.limit, .unsupported].contains(error.code), "\(error)")
            }
        }
        for count in sample.bytes.indices { try check(Array(sample.bytes[..<count])) }
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            var bytes = sample.bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(
                    in: 0...255, using: &generator)
            }
            try check(bytes)
        }
    }
}
