/// How an image file becomes the input of a network.
///
/// What is done, in this order, wherever it is asked for: the file is turned as its metadata say; its channels are
/// chosen; it is resized; its middle is cropped; its numbers become those of an element type, are scaled, and have
/// a mean subtracted and are divided by a deviation; they are laid out.
///
/// What is `nil` depends on what the image is for: ``fitted(to:)`` says what a model's input needs.
///
/// ```swift
/// var options = ImageOptions()
/// options.size = .shortSide(256)
/// options.crop = .init(height: 224, width: 224)
/// options.mean = [0.485, 0.456, 0.406]
/// options.deviation = [0.229, 0.224, 0.225]
/// let image = try Tensor(imageContentsOf: url, options)  // float32[1, 3, 224, 224]
/// ```
public struct ImageOptions: Sendable, Hashable {
    /// Whether the image is turned and mirrored as Exif metadata of JPEG, PNG and WebP files say.
    ///
    /// TIFF files are turned in any case, as Pillow does.
    public var isOriented = true
    /// The channels; red, green and blue unless said otherwise.
    public var channels: Channels?
    /// The size that the image is resized to; as it is unless said otherwise.
    public var size: Size?
    /// How pixels of another size are made.
    public var interpolation = Interpolation.bilinear
    /// Whether each pixel counts where the image gets smaller, as in Pillow and, by default, in torchvision.
    public var antialiases = true
    /// The rows and columns that are kept, those in the middle; all unless said otherwise.
    ///
    /// Where the middle is between two pixels, torchvision's `CenterCrop` says which.
    public var crop: Extents?
    /// The element type, `uint8` or of floating point; `float32` unless said otherwise.
    public var dataType: DataType?
    /// What numbers from 0 to 255 are multiplied by; 1/255 unless said otherwise, of `uint8` nothing.
    public var scale: Double?
    /// What is then subtracted, one number or one for each channel, in the order of the channels.
    public var mean: [Double] = []
    /// What is then divided by, one number or one for each channel, in the order of the channels.
    public var deviation: [Double] = []
    /// The layout; `[1, C, H, W]` unless said otherwise.
    public var layout: Layout?

    /// Creates options: a file's pixels as they are, from 0 to 1, as `float32[1, 3, H, W]`.
    public init() {}
}

public extension ImageOptions {
    /// Channels and their order.
    enum Channels: String, Sendable, Hashable, CaseIterable {
        /// Red, green, blue.
        case rgb
        /// Blue, green, red.
        case bgr
        /// Luma alone: 0.299 R + 0.587 G + 0.114 B.
        case grayscale
    }

    /// The extents of an image, in pixels.
    struct Extents: Sendable, Hashable {
        /// The number of rows.
        public var height: Int
        /// The number of columns.
        public var width: Int

        /// Creates extents.
        public init(height: Int, width: Int) {
            self.height = height
            self.width = width
        }
    }

    /// What an image is resized to.
    enum Size: Sendable, Hashable {
        /// The shorter side has so many pixels, and the longer as many as keep the proportions, rounded down.
        case shortSide(Int)
        /// Both sides are given; proportions may change.
        case exact(Extents)
    }

    /// How pixels of another size are made, named as in Pillow, whose results they give.
    enum Interpolation: String, Sendable, Hashable, CaseIterable {
        case nearest, box, bilinear, hamming, bicubic, lanczos
    }

    /// The order of the dimensions: N images (one), C channels, H rows, W columns.
    enum Layout: String, Sendable, Hashable, CaseIterable {
        case nchw, nhwc, chw, hwc
    }
}

extension ImageOptions.Extents: CustomStringConvertible {
    /// The text that people read: `224 × 320`, the height first.
    public var description: String { "\(height) × \(width)" }
}
