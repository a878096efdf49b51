import HingeGraph

/// What a caller may ask of the reader of Keras's files.
public struct KerasOptions: FormatOptions {
    /// What the options are called in errors.
    public static let name = "Keras"

    /// The backend that a file was written with, where the file does not say: `theano` for the mirrored kernels of
    /// most Keras 1 files.
    public var backend: String?

    /// Creates options.
    public init(backend: String?) { self.backend = backend }

    /// Asks for nothing in particular.
    public init() { self.init(backend: nil) }
}

/// The files of Keras 1, 2 and 3: `.keras`, `.h5`, `.weights.h5` and their variants, and the folder that a `.keras`
/// file becomes when it is unpacked.
///
/// A model that is read keeps the names of its inputs and outputs, and their layout: channels last
/// where Keras has them last. Its nodes are named after the layers.
public struct KerasFormat: ModelFormat {
    /// The short name by which commands know the format.
    public let identifier = "keras"
    /// The name that people use.
    public let name = "Keras"
    /// The file name extensions that stand for the format when writing.
    public let fileExtensions = ["keras", "weights.h5", "h5"]

    /// Creates the format.
    public init() {}

    /// The options of the reader.
    public var optionTypes: [any FormatOptions.Type] { [KerasOptions.self] }

    /// What a file or folder holds, judged by its content.
    public func content(of source: ModelSource) -> ModelContent? { KerasFile.content(of: source) }

    /// Whether an architecture is one of Keras; what can't be opened is for the reader to complain about.
    public func accepts(_ architecture: Architecture) -> Bool {
        guard let path = architecture.path, let source = try? ModelSource(path: path) else {
            return true
        }
        return content(of: source) != nil
    }

    /// Reads a model.
    ///
    /// Weights that stand in a file of their own need the model's configuration: from the architecture that
    /// `options` name, or from the file beside, `NAME.json` for `NAME.weights.h5`.
    ///
    /// - Throws: ``HingeError`` with the layer and the field, or the path in the file, as its
    ///   context.
    public func read(_ source: ModelSource, options: ReadOptions) throws -> Model {
        try KerasModelReader(source, options).read()
    }

    /// The version of Keras and the backend, and the version of the operators that the model was read as.
    public func version(of model: Model) -> String {
        guard let origin = model.origin?.payload as? KerasOrigin else {
            return model.opsetTexts.joined(separator: ", ")
        }
        let version = origin.semantics.version
        let backend = origin.semantics.backend.map { "backend \($0)" }
        return
            ([version.isEmpty ? "version not stated" : "version \(version)", backend]
            .compactMap { $0 } + model.opsetTexts.map { "read as \($0)" }).joined(separator: ", ")
    }

    /// Weights alone in `.weights.h5`.
    public func content(ofVariant variant: String?) -> ModelContent {
        kind(variant) == .weights ? .weights : .model
    }

    /// What Keras can't express: every input, node and output that an output of the model needs.
    public func findings(
        about model: Model, variant: String?, options: WriteOptions
    ) -> [Finding] {
        KerasWriter.obstacles(model, kind(variant)).map { Finding($0, rule: "keras-expression") }
    }

    /// Writes a model: whole as `.keras` or, in the older form, as `.h5`; its weights alone as `.weights.h5`.
    ///
    /// - Throws: ``HingeError`` with the node as its context when Keras can't express the model.
    public func write(
        _ model: Model, to destination: ModelDestination, options: WriteOptions
    ) throws {
        try model.requireGraph()
        try KerasWriter.write(
            model, kind(destination.variant), toPath: destination.writtenPath)
    }

    private func kind(_ variant: String?) -> KerasWriter.Kind {
        variant.flatMap { KerasWriter.Kind(rawValue: $0) } ?? .archive
    }
}
