internal import CImages
import HingeGraph

/// Image files: JPEG, PNG, TIFF, WebP, JPEG 2000, BMP and the portable formats (PBM, PGM, PPM).
///
/// The first five are decoded by their formats' own libraries, if the package trait `Images` is on.
package enum EncodedImage {
    /// The formats, by how files begin.
    private static let signatures: [(bytes: [UInt8], format: cimages_format)] = [
        ([0xFF, 0xD8, 0xFF], CIMAGES_JPEG),
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], CIMAGES_PNG),
        ([0x49, 0x49, 0x2A, 0x00], CIMAGES_TIFF), ([0x4D, 0x4D, 0x00, 0x2A], CIMAGES_TIFF),
        ([0x49, 0x49, 0x2B, 0x00], CIMAGES_TIFF), ([0x4D, 0x4D, 0x00, 0x2B], CIMAGES_TIFF),
        ([0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50, 0x20, 0x20], CIMAGES_JPEG2000),
        ([0xFF, 0x4F, 0xFF, 0x51], CIMAGES_JPEG2000),
    ]

    /// Whether a file looks like an image of a format that is decoded.
    package static func isImage(_ bytes: UnsafeRawBufferPointer) -> Bool {
        libraryFormat(bytes) != nil || BitmapImage.isBitmap(bytes)
            || PortableImage.isPortable(bytes)
    }

    /// Decodes an image; what the file has of opacity is left out, and of 16 bits the upper 8 are kept.
    ///
    /// A TIFF file gives the image that people see, as its ``ImageOrientation`` says; others what is stored.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - pixelLimit: The most pixels, checked before there is memory for them.
    /// - Throws: ``HingeError`` with the code `badData` when it is no image, or a damaged one, `limit` when it is too
    ///   large, and `unsupported` when the file has what is not decoded, or this build has no library for the format.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, pixelLimit: Int
    ) throws -> DecodedImage {
        if let format = libraryFormat(bytes) {
            let stored = try decode(bytes, format, pixelLimit: pixelLimit)
            return format == CIMAGES_TIFF ? ImageOrientation(ofFile: bytes).seen(stored) : stored
        }
        if BitmapImage.isBitmap(bytes) {
            return try BitmapImage.decode(bytes, pixelLimit: pixelLimit)
        }
        if PortableImage.isPortable(bytes) {
            return try PortableImage.decode(bytes, pixelLimit: pixelLimit)
        }
        throw HingeError(
            .badData, "expected an image (JPEG, PNG, TIFF, WebP, JPEG 2000, BMP, PBM, PGM or PPM)")
    }

    /// How what ``decode(_:pixelLimit:)`` gives lies in the image that people see.
    package static func orientation(_ bytes: UnsafeRawBufferPointer) -> ImageOrientation {
        libraryFormat(bytes) == CIMAGES_TIFF ? .upright : ImageOrientation(ofFile: bytes)
    }

    /// The names of the formats.
    private static func name(_ format: cimages_format) -> String {
        switch format {
        case CIMAGES_JPEG: "JPEG"
        case CIMAGES_PNG: "PNG"
        case CIMAGES_TIFF: "TIFF"
        case CIMAGES_WEBP: "WebP"
        default: "JPEG 2000"
        }
    }

    private static func libraryFormat(_ bytes: UnsafeRawBufferPointer) -> cimages_format? {
        if bytes.count >= 12, bytes.prefix(4).elementsEqual("RIFF".utf8),
            bytes[8..<12].elementsEqual("WEBP".utf8)
        {
            return CIMAGES_WEBP
        }
        return signatures.first { bytes.starts(with: $0.bytes) }?.format
    }

    private static func decode(
        _ bytes: UnsafeRawBufferPointer, _ format: cimages_format, pixelLimit: Int
    ) throws -> DecodedImage {
        var image = cimages_image()
        let status = cimages_decode(
            Int32(format.rawValue), bytes.assumingMemoryBound(to: UInt8.self).baseAddress,
            bytes.count, max(pixelLimit, 0), &image)
        defer { cimages_free(&image) }
        guard status == CIMAGES_OK.rawValue else {
            let message = withUnsafeBytes(of: image.message) { text in
                String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
            }
            let code: HingeError.Code =
                switch UInt32(status) {
                case CIMAGES_TOO_LARGE.rawValue, CIMAGES_NO_MEMORY.rawValue: .limit
                case CIMAGES_UNSUPPORTED.rawValue: .unsupported
                default: .badData
                }
            let reason = message.isEmpty ? "the image is damaged" : message
            throw HingeError(code, "a \(name(format)) image: \(reason)")
        }
        let count = image.width * image.height * image.channels
        return DecodedImage(
            width: image.width, height: image.height, channels: image.channels,
            pixels: Array(UnsafeBufferPointer(start: image.pixels, count: count)))
    }
}

/// The pixels of an image, 8 bits for each channel.
package struct DecodedImage: Sendable {
    /// The number of pixels in a row.
    package let width: Int
    /// The number of rows.
    package let height: Int
    /// 1 for luma, 3 for red, green and blue.
    package let channels: Int
    /// `[height, width, channels]`.
    package private(set) var pixels: [UInt8]

    init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// The pixels as `uint8[H, W, C]`.
    package func tensor(_ format: ImageDecoder.PixelFormat) throws -> Tensor {
        let image = try converted(to: format)
        return Tensor(image.pixels, shape: [height, width, image.channels])
    }

    /// The image with other channels.
    ///
    /// Luma is that of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, with factors of 16 bits as Pillow has them.
    package func converted(to format: ImageDecoder.PixelFormat) throws -> DecodedImage {
        try MemoryLimit.check(.uint8, [height, width, format.channelCount])
        let count = width * height
        var result: [UInt8]
        switch (format, channels) {
        case (.grayscale, 1), (.rgb, 3): result = pixels
        case (.grayscale, _):
            result = (0..<count).map { index in
                let sum =
                    19595 * Int(pixels[3 * index]) + 38470 * Int(pixels[3 * index + 1])
                    + 7471 * Int(pixels[3 * index + 2])
                return UInt8((sum + 0x8000) >> 16)
            }
        case (_, 1):
            result = Array(repeating: 0, count: 3 * count)
            for index in result.indices { result[index] = pixels[index / 3] }
        case (.bgr, _):
            result = pixels
            for index in 0..<count { result.swapAt(3 * index, 3 * index + 2) }
        default: result = pixels
        }
        return DecodedImage(
            width: width, height: height, channels: format.channelCount, pixels: result)
    }

    /// The number of pixels.
    ///
    /// - Throws: ``HingeError`` when there are none, or more than the limit.
    static func checkedCount(_ width: Int, _ height: Int, pixelLimit: Int) throws -> Int {
        guard width > 0, height > 0 else {
            throw HingeError(.badData, "the image has no pixels")
        }
        let (count, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, count <= pixelLimit else {
            throw HingeError(
                .limit,
                "an image of \(width) × \(height) pixels is larger than the limit of \(pixelLimit)")
        }
        return count
    }
}
