/// A file format that models are read from and written to.
///
/// A format maps a file onto a ``Model`` and back; it knows no other format and no engine. To add one,
/// conform a type to this protocol in a target of its own and add a line to the list of formats in `Hinge`.
public protocol ModelFormat: Sendable {
    /// The short name by which commands know the format: `onnx`, `keras`.
    var identifier: String { get }
    /// The name that people use.
    var name: String { get }
    /// The file name extensions that stand for the format when writing, without the leading dot, longest
    /// first: `weights.h5` before `h5`.
    var fileExtensions: [String] { get }

    /// Whether a file is of this format, judged by its content.
    func recognizes(_ probe: FileProbe) -> Bool

    /// Reads a model.
    ///
    /// - Throws: ``HingeError``; the file's name is not in its context (the caller adds it).
    func read(_ file: MappedFile, options: ReadOptions) throws -> Model

    /// Writes a model, atomically: a failed write leaves an existing file as it was.
    ///
    /// - Throws: ``HingeError``, with the code `unsupported` when the format can't express the model.
    func write(_ model: Model, toPath path: String, options: WriteOptions) throws
}

/// What is looked at to find the format of a file: its name, its size and a view of its bytes.
public struct FileProbe: Sendable {
    /// The file.
    public let file: MappedFile

    /// Creates a probe of a file.
    public init(_ file: MappedFile) { self.file = file }

    /// Whether the file has the given bytes at the given offset.
    public func has(_ bytes: [UInt8], at offset: Int = 0) -> Bool {
        guard offset >= 0, file.byteCount - bytes.count >= offset else { return false }
        return file.region.bytes[offset..<offset + bytes.count].elementsEqual(bytes)
    }
}

/// What a caller may ask of a reader.
public struct ReadOptions: Sendable {
    /// A file that holds the architecture, for formats whose weights stand in a file of their own: a model file, or the
    /// JSON configuration of a Keras `.weights.h5`.
    public var architecturePath: String?
    /// The backend that a Keras file was written with, where the file does not say: `theano` for the mirrored
    /// kernels of most Keras 1 files.
    public var backend: String?

    /// Creates options.
    public init(architecturePath: String? = nil, backend: String? = nil) {
        self.architecturePath = architecturePath
        self.backend = backend
    }
}

/// What a caller may ask of a writer.
public struct WriteOptions: Sendable {
    /// The version of the standard operators to write; `nil` leaves it as it is.
    public var opset: Int?
    /// The name of the format's variant to write, when the file extension does not say: `keras`, `h5`.
    public var variant: String?
    /// Whether to put the weights in a second file, for formats that can.
    public var externalData: Bool
    /// The staged file that is written, which stands for another until it is put in its place: files beside it
    /// are named after that one.
    package var staged: StagedFile?

    /// Creates options.
    public init(opset: Int? = nil, variant: String? = nil, externalData: Bool = false) {
        self.opset = opset
        self.variant = variant
        self.externalData = externalData
    }
}
