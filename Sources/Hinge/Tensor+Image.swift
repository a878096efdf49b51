import Foundation
import HingeGraph
import HingeOperators

extension Tensor {
    /// Creates a tensor from an image file: JPEG, PNG, TIFF, WebP, JPEG 2000, BMP, PBM, PGM or PPM, by its content.
    ///
    /// Of opacity nothing is kept, and of 16 bits the upper 8. The first five formats need the package trait `Images`.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - options: What is done with the image; by default its pixels, from 0 to 1, are `float32[1, 3, H, W]`.
    /// - Throws: ``HingeError`` with the file as its context: `noInput` when it can't be read, `badData` when it is no
    ///   image, or a damaged one, `unsupported` when this build has no library for the format, `limit` when it is too
    ///   large, and `usage` when the options make no sense for it.
    public init(imageContentsOf url: URL, _ options: ImageOptions = ImageOptions()) throws {
        self = try withContext(.file(url.path)) {
            try MappedFile(path: url.path).withUnsafeBytes { try Tensor(image: $0, options) }
        }
    }

    /// Creates a tensor from the bytes of an image file, as ``init(imageContentsOf:_:)`` does.
    ///
    /// - Throws: ``HingeError``.
    public init(imageData data: Data, _ options: ImageOptions = ImageOptions()) throws {
        self = try data.withUnsafeBytes { try Tensor(image: $0, options) }
    }

    init(image bytes: UnsafeRawBufferPointer, _ options: ImageOptions) throws {
        // Libraries take up to 16 bytes for a pixel on the way.
        var image = try EncodedImage.decode(bytes, pixelLimit: MemoryLimit.perValue / 16)
        if options.isOriented { image = EncodedImage.orientation(bytes).seen(image) }
        image = try image.converted(to: (options.channels ?? .rgb).pixelFormat)
        if let size = options.size {
            let extents = try size.extents(of: image)
            image = try image.resized(
                height: extents.height, width: extents.width, options.interpolation.filter,
                antialiases: options.antialiases)
        }
        if let crop = options.crop { image = try image.croppedToMiddle(crop) }
        self = try PixelNumbers(options, channelCount: image.channels).tensor(image)
    }
}

/// What the numbers of pixels become.
private struct PixelNumbers {
    private let dataType: DataType
    private let layout: ImageOptions.Layout
    /// What each number from 0 to 255 becomes, for each channel.
    private let values: [[Double]]

    init(_ options: ImageOptions, channelCount: Int) throws {
        dataType = options.dataType ?? .float32
        layout = options.layout ?? .nchw
        let isChanged =
            options.scale != nil || !options.mean.isEmpty || !options.deviation.isEmpty
        switch dataType {
        case .float16, .bfloat16, .float32, .float64: break
        case .uint8 where !isChanged: break
        case .uint8:
            throw HingeError(
                .usage, "an image of uint8 is not scaled, and has no mean and deviation")
        default:
            throw HingeError(
                .mismatch,
                "an image is of uint8, float16, bfloat16, float32 or float64, not \(dataType)")
        }
        func numbers(_ given: [Double], _ name: String, default number: Double) throws -> [Double] {
            guard [0, 1, channelCount].contains(given.count) else {
                throw HingeError(
                    .usage,
                    "expected a \(name) of 1 number or \(channelCount), found \(given.count)")
            }
            let all = given.count == channelCount
            return all ? given : Array(repeating: given.first ?? number, count: channelCount)
        }
        let means = try numbers(options.mean, "mean", default: 0)
        let deviations = try numbers(options.deviation, "deviation", default: 1)
        guard deviations.allSatisfy({ $0 > 0 }) else {
            throw HingeError(.usage, "expected a deviation above 0, found \(deviations)")
        }
        let scale = dataType == .uint8 ? 1 : options.scale
        values = zip(means, deviations).map { mean, deviation in
            (0..<256).map { pixel in
                let number = scale.map { Double(pixel) * $0 } ?? Double(pixel) / 255
                return (number - mean) / deviation
            }
        }
    }

    func tensor(_ image: DecodedImage) throws -> Tensor {
        switch dataType {
        case .uint8: try tensor(image) { UInt8($0) }
        case .float16: try tensor(image) { Float16($0) }
        case .bfloat16: try tensor(image) { BFloat16(Float($0)) }
        case .float64: try tensor(image) { $0 }
        default: try tensor(image) { Float($0) }
        }
    }

    private func tensor<Element: TensorElement>(
        _ image: DecodedImage, _ element: (Double) -> Element
    ) throws -> Tensor {
        let (channels, area) = (image.channels, image.height * image.width)
        let extents = ["n": 1, "c": channels, "h": image.height, "w": image.width]
        var tensor = try Tensor(
            zeros: dataType, shape: layout.rawValue.map { extents[String($0)] ?? 1 })
        let isChannelsLast = layout.rawValue.hasSuffix("c")
        try tensor.withUnsafeMutableElements(of: Element.self) { elements in
            for channel in 0..<channels {
                let values = values[channel].map(element)
                let start = isChannelsLast ? channel : channel * area
                let step = isChannelsLast ? channels : 1
                for index in 0..<area {
                    elements[start + index * step] =
                        values[Int(image.pixels[index * channels + channel])]
                }
            }
        }
        return tensor
    }
}

extension ImageOptions.Size {
    fileprivate func extents(of image: DecodedImage) throws -> ImageOptions.Extents {
        switch self {
        case .exact(let extents):
            guard extents.height > 0, extents.width > 0 else {
                throw HingeError(.usage, "expected a size above 0, found \(extents)")
            }
            return extents
        case .shortSide(let extent):
            guard extent > 0 else {
                throw HingeError(.usage, "expected a size above 0, found \(extent)")
            }
            let short = min(image.height, image.width)
            func scaled(_ side: Int) throws -> Int {
                let (product, overflow) = extent.multipliedReportingOverflow(by: side)
                guard !overflow else {
                    throw HingeError(
                        .limit, "an image whose shorter side is \(extent) is too large")
                }
                return product / short
            }
            return .init(height: try scaled(image.height), width: try scaled(image.width))
        }
    }
}

extension ImageOptions.Channels {
    fileprivate var pixelFormat: ImageDecoder.PixelFormat {
        switch self {
        case .rgb: .rgb
        case .bgr: .bgr
        case .grayscale: .grayscale
        }
    }
}

extension ImageOptions.Interpolation {
    fileprivate var filter: ResamplingFilter {
        switch self {
        case .nearest: .nearest
        case .box: .box
        case .bilinear: .bilinear
        case .hamming: .hamming
        case .bicubic: .bicubic
        case .lanczos: .lanczos
        }
    }
}

extension DecodedImage {
    fileprivate func croppedToMiddle(_ extents: ImageOptions.Extents) throws -> DecodedImage {
        guard (1...height).contains(extents.height), (1...width).contains(extents.width) else {
            throw HingeError(
                .usage, "cannot crop \(extents) pixels from an image of \(height) × \(width)")
        }
        func start(_ extent: Int, _ kept: Int) -> Int {
            Int((Double(extent - kept) / 2).rounded(.toNearestOrEven))
        }
        return cropped(
            top: start(height, extents.height), left: start(width, extents.width),
            height: extents.height, width: extents.width)
    }
}
