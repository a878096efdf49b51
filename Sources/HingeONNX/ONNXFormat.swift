internal import CONNX
import HingeGraph
import HingeTransforms

/// ONNX: a file is one protobuf message, `ModelProto`, as `Schemas/onnx.proto` defines it.
public struct ONNXFormat: ModelFormat {
    /// Creates the format.
    public init() {}

    /// The short name by which commands know the format.
    public var identifier: String { "onnx" }
    /// The name that people use.
    public var name: String { "ONNX" }
    /// The file name extension.
    public var fileExtensions: [String] { ["onnx"] }

    /// Whether a file begins like a model: by its first fields, for the format has no signature.
    public func recognizes(_ probe: FileProbe) -> Bool {
        ModelProbe.recognizes(probe.file.region.bytes)
    }

    /// Reads a model.
    ///
    /// The weights stay in the file, or in the files of external data beside it, until they are used.
    ///
    /// - Throws: ``HingeError`` when the file is malformed, with the byte offset or the place in the model.
    public func read(_ file: MappedFile, options: ReadOptions = ReadOptions()) throws -> Model {
        try MessageReader.read(
            file.region, as: .model, externalData: ExternalDataFolder(file.folder)
        ) { (reader, message: UnsafeMutablePointer<Onnx__ModelProto>) in
            guard message.pointee.graph != nil else {
                throw HingeError(.badData, "expected a model, found a message without a graph")
            }
            return try reader.model(message)
        }
    }

    /// Writes a model, atomically; weights are copied once, to the file.
    ///
    /// A model of 2 GiB or more gets its weights in a second file, `NAME.data`, in any case. A model that
    /// was read from ONNX keeps what its file said beyond what the graph expresses.
    ///
    /// - Throws: ``HingeError`` when the file can't be written, or the opset asked for can't express the model.
    public func write(
        _ model: Model, toPath path: String, options: WriteOptions = WriteOptions()
    ) throws {
        var model = model
        if let opset = options.opset { _ = try ConvertOpset(to: opset).run(&model) }
        try ModelFile.write(model, to: path, options)
    }
}
