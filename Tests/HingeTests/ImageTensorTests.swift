import Foundation
import Hinge
import Testing

/// Images as inputs of networks.
@Suite struct ImageTensorTests {
    /// A PPM file of 2 × 3 pixels, whose samples are 0, 1, 2 and so on.
    private let colored = Data("P6 3 2 255\n".utf8) + Data(0..<18)

    private func tensor(
        _ data: Data? = nil, _ change: (inout ImageOptions) -> Void = { _ in }
    ) throws -> Tensor {
        var options = ImageOptions()
        change(&options)
        return try Tensor(imageData: data ?? colored, options)
    }

    private func refusal(_ change: (inout ImageOptions) -> Void) throws -> String {
        try #require(throws: HingeError.self) { _ = try tensor(nil, change) }.message
    }

    @Test func pixelsAreFractionsWithChannelsFirst() throws {
        let image = try tensor()
        #expect(image.shape == [1, 3, 2, 3])
        let expected = (0..<3).flatMap { channel in
            (0..<6).map { (index: Int) -> Float in Float(3 * index + channel) / 255 }
        }
        #expect(try image.array(of: Float.self) == expected)
    }

    @Test func layoutsChannelsAndTypes() throws {
        let bytes = try tensor {
            $0.dataType = .uint8
            $0.layout = .hwc
            $0.channels = .bgr
        }
        #expect(bytes.shape == [2, 3, 3])
        #expect(try bytes.array(of: UInt8.self).prefix(6) == [2, 1, 0, 5, 4, 3])
        let gray = try tensor {
            $0.dataType = .float64
            $0.layout = .chw
            $0.channels = .grayscale
            $0.scale = 1
        }
        #expect(gray.shape == [1, 2, 3])
        #expect(try gray.array(of: Double.self) == [1, 4, 7, 10, 13, 16])
        let half = try tensor {
            $0.dataType = .float16
            $0.layout = .nhwc
        }
        #expect(half.shape == [1, 2, 3, 3])
        #expect(try half.array(of: Float16.self)[17] == Float16(17.0 / 255))
    }

    @Test func meanAndDeviationOfEachChannel() throws {
        let image = try tensor {
            $0.scale = 1
            $0.mean = [1, 2, 3]
            $0.deviation = [2]
        }
        // Red is 0, 3, 6, …; green one more, blue two more.
        let channel = (0..<6).map { (index: Int) -> Float in Float(3 * index - 1) / 2 }
        #expect(try image.array(of: Float.self) == channel + channel + channel)
    }

    @Test func shortSideAndMiddle() throws {
        let wide = Data("P5 7 4 255\n".utf8) + Data(repeating: 9, count: 28)
        let image = try tensor(wide) { $0.size = .shortSide(6) }
        // 7 · 6 / 4 is 10.5.
        #expect(image.shape == [1, 3, 6, 10])
        let row = Data("P5 5 1 255\n".utf8) + Data([0, 1, 2, 3, 4])
        let middle = try tensor(row) {
            $0.crop = .init(height: 1, width: 2)
            $0.dataType = .uint8
            $0.channels = .grayscale
        }
        // torchvision's CenterCrop rounds 1.5 to 2.
        #expect(try middle.array(of: UInt8.self) == [2, 3])
    }

    @Test func whatMakesNoSenseIsRefused() throws {
        #expect(
            try refusal { $0.crop = .init(height: 3, width: 3) }
                == "cannot crop 3 × 3 pixels from an image of 2 × 3")
        #expect(
            try refusal { $0.mean = [1, 2] } == "expected a mean of 1 number or 3, found 2")
        #expect(
            try refusal { $0.deviation = [0] }
                == "expected a deviation above 0, found [0.0, 0.0, 0.0]")
        #expect(
            try refusal {
                $0.dataType = .uint8
                $0.scale = 2
            } == "an image of uint8 is not scaled, and has no mean and deviation")
        #expect(
            try refusal { $0.dataType = .int32 }
                == "an image is of uint8, float16, bfloat16, float32 or float64, not int32")
        #expect(try refusal { $0.size = .shortSide(0) } == "expected a size above 0, found 0")
        let none = try #require(throws: HingeError.self) { try tensor(Data("GIF89a".utf8)) }
        #expect(none.code == .badData)
        let file = URL(fileURLWithPath: "/no/such/image.png")
        let missing = try #require(throws: HingeError.self) {
            try Tensor(imageContentsOf: file)
        }
        #expect(missing.code == .noInput)
        #expect(missing.context == [.file("/no/such/image.png")])
    }

    #if !Images
        @Test func formatsOfLibrariesNeedTheTrait() throws {
            let jpeg = Data([0xFF, 0xD8, 0xFF, 0xE0])
            let error = try #require(throws: HingeError.self) { try tensor(jpeg) }
            #expect(error.code == .unsupported)
            #expect(
                error.message == "a JPEG image: Hinge was built without the libraries of image "
                    + "formats (trait Images)")
        }
    #endif

    struct Fit: CustomTestStringConvertible, Sendable {
        let type: ValueType
        let layout: ImageOptions.Layout
        let channels: ImageOptions.Channels?
        let size: ImageOptions.Size?
        var testDescription: String { "\(type)" }

        init(
            _ shape: Shape, _ layout: ImageOptions.Layout, _ channels: ImageOptions.Channels? = nil,
            _ size: ImageOptions.Size? = nil
        ) {
            type = .tensor(.float32, shape)
            self.layout = layout
            self.channels = channels
            self.size = size
        }
    }

    @Test(arguments: [
        Fit(["N", 3, 224, 320], .nchw, nil, .exact(.init(height: 224, width: 320))),
        Fit([1, 224, 320, 3], .nhwc, nil, .exact(.init(height: 224, width: 320))),
        Fit(["N", 1, 8, 8], .nchw, .grayscale, .exact(.init(height: 8, width: 8))),
        Fit(["N", "H", "W", 3], .nhwc), Fit(["N", 3, "H", "W"], .nchw),
        Fit(["N", "C", 32, 32], .nchw, nil, .exact(.init(height: 32, width: 32))),
        Fit([3, "H", "W"], .chw), Fit(["H", "W", 1], .hwc, .grayscale),
    ])
    func anInputSaysWhatItNeeds(_ fit: Fit) throws {
        let options = try ImageOptions().fitted(to: fit.type)
        #expect(options.layout == fit.layout)
        #expect(options.channels == fit.channels)
        #expect(options.size == fit.size)
        #expect(options.dataType == .float32)
    }

    @Test func whatIsSaidStays() throws {
        var options = ImageOptions()
        options.crop = .init(height: 4, width: 4)
        options.channels = .bgr
        let fitted = try options.fitted(to: .tensor(.uint8, [1, 3, 4, 4]))
        #expect(fitted.size == nil)
        #expect(fitted.channels == .bgr)
        #expect(fitted.dataType == .uint8)
    }

    @Test func whatLeavesTheLayoutOpenIsAnError() throws {
        func refusal(_ type: ValueType) throws -> String {
            try #require(throws: HingeError.self) { try ImageOptions().fitted(to: type) }.message
        }
        #expect(
            try refusal(.tensor(.float32, ["N", "A", "B", "C"]))
                == "which dimension of float32[N, A, B, C] is that of the channels is open: "
                + "the layout must be given, nchw or nhwc")
        #expect(
            try refusal(.tensor(.float32, [1, 4, 8, 8]))
                == "an image has 1 or 3 channels, first or last, and the input is "
                + "float32[1, 4, 8, 8]")
        #expect(
            try refusal(.sequence(nil)) == "an image is a tensor, and the input is sequence of ?")
    }
}
