import HingeGraph

/// Decodes an image file, `uint8[B]` of B bytes, to pixels `uint8[H, W, C]`: H rows of W pixels with C channels.
///
/// What is no image, or a damaged one, gives a tensor without elements, `[0, 0, C]`. A format that this build has no
/// library for, and an image larger than ``MemoryLimit`` allows, are errors.
///
/// Source: ONNX ImageDecoder 20.
public struct ImageDecoder: Operator {
    /// The channels of the output.
    public var pixelFormat: PixelFormat

    /// Channels and their order.
    public enum PixelFormat: String, Sendable, Hashable, CaseIterable {
        /// Red, green, blue.
        case rgb = "RGB"
        /// Blue, green, red.
        case bgr = "BGR"
        /// Luma alone.
        case grayscale = "Grayscale"

        /// The number of channels.
        public var channelCount: Int { self == .grayscale ? 1 : 3 }
    }

    /// Creates the operator.
    public init(pixelFormat: PixelFormat = .rgb) {
        self.pixelFormat = pixelFormat
    }
}

public extension ImageDecoder {
    static let type = "ImageDecoder"

    init(_ node: NodeReader) throws {
        pixelFormat = try node.word("pixel_format", default: .rgb)
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset >= 20 else { throw speller.needs(20, Self.type) }
        speller.emit(Self.type, [.string("pixel_format", pixelFormat.rawValue)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let shape = context.shape(0) {
            try context.require(shape.rank == 1, "expected a vector of bytes, found \(shape)")
        }
        let channels = Shape.Dimension.known(pixelFormat.channelCount)
        return [.tensor(.uint8, Shape([.unknown, .unknown, channels]))]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let file = try context.input(0)
        guard file.dataType == .uint8, file.rank == 1 else {
            throw HingeError(
                .mismatch, "expected a vector of bytes, found \(file.dataType)\(file.shape)")
        }
        do {
            // Libraries take up to 16 bytes for a pixel on the way.
            let image = try file.withUnsafeBytes {
                try EncodedImage.decode($0, pixelLimit: MemoryLimit.perValue / 16)
            }
            context.set(0, try image.tensor(pixelFormat))
        } catch let error as HingeError where error.code == .badData {
            context.set(
                0, try Tensor(zeros: .uint8, shape: [0, 0, pixelFormat.channelCount]))
        }
    }
}

extension ImageDecoder: UndifferentiatedOperator {
    /// Its input is a file.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its input is a file") }
}
