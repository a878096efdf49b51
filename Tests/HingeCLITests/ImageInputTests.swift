import Foundation
import Testing

/// Images given as inputs on the command line.
@Suite struct ImageInputTests {
    private let model = Tool.fixture("digits/digits-torch.onnx")

    /// A PGM file of 8 × 8 pixels, all 255 or 0.
    private func write(_ value: UInt8, to path: String) throws {
        let data = Data("P5 8 8 255\n".utf8) + Data(repeating: value, count: 64)
        try data.write(to: URL(fileURLWithPath: path))
    }

    @Test func anImageIsWhatAnArrayWouldBe() throws {
        try Tool.withFolder { folder in
            try write(255, to: "\(folder)/digit.data")
            let ones = "[[" + String(repeating: "[1,1,1,1,1,1,1,1],", count: 8).dropLast() + "]]"
            try Data("[\(ones)]".utf8).write(to: URL(fileURLWithPath: "\(folder)/digit.json"))
            let image = try Tool.run("run", model, "--input", "\(folder)/digit.data")
            let array = try Tool.run("run", model, "--input", "image=\(folder)/digit.json")
            #expect(image.status == 0, "\(image.errors)")
            #expect(image.output == array.output)
            // (0 + 0.5) / 0.5 is 1, too.
            try write(0, to: "\(folder)/black")
            let shifted = try Tool.run(
                "run", model, "--input", "\(folder)/black", "--image",
                "mean=-0.5 std=0.5 scale=2/255")
            #expect(shifted.output == array.output)
            let verified = try Tool.run("verify", model, model, "--input", "\(folder)/digit.data")
            #expect(verified.status == 0, "\(verified.errors)")
        }
    }

    @Test(arguments: [
        ("size", "--image: expected WORD=VALUE, found 'size'"),
        ("size=0", "--image size=0: expected a number of pixels, or HEIGHTxWIDTH"),
        ("crop=1x2x3", "--image crop=1x2x3: expected a number of pixels, or HEIGHTxWIDTH"),
        ("mean=1,,2", "--image mean=1,,2: expected numbers with commas between them"),
        ("scale=1/0", "--image scale=1/0: expected a number, or a fraction as 1/255"),
        ("channels=cmyk", "--image channels=cmyk: expected rgb, bgr, grayscale"),
        ("antialias=maybe", "--image antialias=maybe: expected yes or no"),
        ("size=3 size=4", "--image: 'size' is given twice"),
        ("colour=3", "--image: there is no 'colour'"),
    ])
    func mistakesAreSaid(_ words: String, _ message: String) throws {
        let result = try Tool.run("run", model, "--input", "x", "--image", words)
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test func theWholeImageMustFit() throws {
        try Tool.withFolder { folder in
            try write(1, to: "\(folder)/digit")
            let result = try Tool.run(
                "run", model, "--input", "\(folder)/digit", "--image", "size=9")
            #expect(result.status == 65)
            #expect(
                result.errors.contains(
                    "expected float32[batch, 1, 8, 8], found float32[1, 1, 9, 9]"),
                "\(result.errors)")
        }
    }
}
