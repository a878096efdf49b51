internal import CONNX
import HingeGraph
import HingeTransforms

/// What a caller may ask of the writer of ONNX.
public struct ONNXOptions: FormatOptions {
    /// What the options are called in errors.
    public static let name = "ONNX"

    /// The version of the standard operators to write; `nil` leaves it to the model.
    ///
    /// A model that an ONNX file, or Swift code, states a version for keeps that. One that was read from another
    /// format is written at version ``GraphBuilder/defaultOpset``, or the first after it that can express the model.
    public var opset: Int?
    /// The version of the file format to write; `nil` for the model's own, or the one that came with its operators.
    ///
    /// A reader may know operators of a newer version than it knows the format; nothing that a model holds is left out.
    public var irVersion: Int?
    /// Whether to put the weights in a second file.
    public var externalData: Bool

    /// Creates options.
    public init(opset: Int?, irVersion: Int? = nil, externalData: Bool = false) {
        self.opset = opset
        self.irVersion = irVersion
        self.externalData = externalData
    }

    /// Asks for nothing in particular.
    public init() { self.init(opset: nil) }
}

/// ONNX: a file is one protobuf message, `ModelProto`, as `Schemas/onnx.proto` defines it.
public struct ONNXFormat: ModelFormat {
    /// The short name by which commands know the format.
    public let identifier = "onnx"
    /// The name that people use.
    public let name = "ONNX"
    /// The file name extension.
    public let fileExtensions = ["onnx"]

    /// Creates the format.
    public init() {}

    /// The options of the writer.
    public var optionTypes: [any FormatOptions.Type] { [ONNXOptions.self] }

    /// Whether a file begins like a model: by its first fields, for the format has no signature.
    public func content(of source: ModelSource) -> ModelContent? {
        guard let file = source.file, ModelProbe.recognizes(file.region.bytes) else { return nil }
        return .model
    }

    /// Reads a model.
    ///
    /// The weights stay in the file, or in the files of external data beside it, until they are used.
    ///
    /// - Throws: ``HingeError`` when the file is malformed, with the byte offset or the place in the model.
    public func read(_ source: ModelSource, options: ReadOptions) throws -> Model {
        let file = try source.requireFile()
        return try MessageReader.read(
            file.region, as: .model, externalData: ExternalDataFolder(file.folder)
        ) { (reader, message: UnsafeMutablePointer<Onnx__ModelProto>) in
            guard message.pointee.graph != nil else {
                throw HingeError(.badData, "expected a model, found a message without a graph")
            }
            return try reader.model(message)
        }
    }

    /// The version of the file format, and those of the operators.
    public func version(of model: Model) -> String {
        (["IR \(model.irVersion)"] + model.opsetTexts).joined(separator: ", ")
    }

    /// What the standard forbids or what looks wrong, in the order of the model; or every node that the version that is
    /// asked for can't express.
    public func findings(
        about model: Model, variant: String?, options: WriteOptions
    ) -> [Finding] {
        let options = options[ONNXOptions.self]
        do {
            var model = try versioned(model, options)
            if let irVersion = options.irVersion {
                model = try model.stating(irVersion: irVersion)
            }
            return ModelChecker.check(model)
        } catch let error as HingeError {
            let obstacles = try? options.opset.map { try ConvertOpset(to: $0).obstacles(in: model) }
            let errors = obstacles.flatMap { $0.isEmpty ? nil : $0 } ?? [error]
            return errors.map { Finding($0, rule: "opset") }
        } catch {
            return [Finding(.error, "opset", "\(error)")]
        }
    }

    /// Writes a model, atomically; weights are copied once, to the file.
    ///
    /// A model of 2 GiB or more gets its weights in a second file, `NAME.data`, in any case. A model that
    /// was read from ONNX keeps what its file said beyond what the graph expresses.
    ///
    /// - Throws: ``HingeError`` when the file can't be written, or the opset or the version of the format that is asked for
    ///   can't express the model.
    public func write(
        _ model: Model, to destination: ModelDestination, options: WriteOptions
    ) throws {
        let options = options[ONNXOptions.self]
        try ModelFile.write(
            try versioned(model, options), to: destination, externalData: options.externalData,
            irVersion: options.irVersion)
    }

    /// The model at the version of the operators that is to be written.
    private func versioned(_ model: Model, _ options: ONNXOptions) throws -> Model {
        var model = model
        if let opset = options.opset {
            _ = try ConvertOpset(to: opset).run(&model)
        } else if model.origin != nil, ONNXOrigin(model.origin) == nil {
            _ = try LowerOpset().run(&model)
        }
        return model
    }
}
