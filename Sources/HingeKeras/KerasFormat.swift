import HingeGraph

/// The files of Keras 1, 2 and 3: `.keras`, `.h5`, `.weights.h5` and their variants.
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

    /// Whether a file is of this format, judged by its content.
    public func recognizes(_ probe: FileProbe) -> Bool {
        KerasFile.recognizes(probe)
    }

    /// Whether a file holds the architecture of a model, and not weights alone.
    package static func holdsArchitecture(_ file: MappedFile) -> Bool {
        KerasFile.holdsArchitecture(file)
    }

    /// Reads a model.
    ///
    /// Weights that stand in a file of their own need the model's configuration: from the file that
    /// `options` name, or from the one beside it, `NAME.json` for `NAME.weights.h5`.
    ///
    /// - Throws: ``HingeError`` with the layer and the field, or the path in the file, as its
    ///   context.
    public func read(_ file: MappedFile, options: ReadOptions) throws -> Model {
        try KerasModelReader(file, options).read()
    }

    /// Writes a model: whole as `.keras` or, in the older form, as `.h5`; its weights alone as `.weights.h5`.
    ///
    /// - Throws: ``HingeError`` with the node as its context when Keras can't express the model.
    public func write(_ model: Model, toPath path: String, options: WriteOptions) throws {
        let kind = options.variant.flatMap { KerasWriter.Kind(rawValue: $0) }
        try KerasWriter.write(model, kind ?? .archive, toPath: path)
    }
}
