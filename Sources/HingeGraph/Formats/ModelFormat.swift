/// A format that models are read from and written to.
///
/// A format maps a file, or a folder of files, onto a ``Model`` and back; it knows no other format and no engine. To
/// add one, conform a type to this protocol and hand it to `ModelFormats`. Three members have no default: how to
/// recognise a source, how to read it, and how to write a model.
public protocol ModelFormat: Sendable {
    /// The short name by which commands know the format: `onnx`, `keras`.
    var identifier: String { get }
    /// The name that people use.
    var name: String { get }
    /// The file name extensions that stand for the format when writing, without the leading dot, longest
    /// first: `weights.h5` before `h5`.
    ///
    /// A format with several has a variant for each.
    var fileExtensions: [String] { get }
    /// The types of the options that the format takes.
    var optionTypes: [any FormatOptions.Type] { get }

    /// What a source holds; `nil` when it is of another format.
    ///
    /// It is judged by the content, never by the name.
    func content(of source: ModelSource) -> ModelContent?

    /// Whether weights of this format can be read into an architecture; asked when several formats recognise them.
    func accepts(_ architecture: Architecture) -> Bool

    /// Reads a model.
    ///
    /// Weights alone are put into the architecture that `options` name. Without one, the model has weights and nothing
    /// else, unless the format finds an architecture beside them.
    ///
    /// - Throws: ``HingeError``; the source's path is not in its context (the caller adds it).
    func read(_ source: ModelSource, options: ReadOptions) throws -> Model

    /// What a model of this format states of its version, and of the versions it was written in: `IR 8, opset 17`.
    func version(of model: Model) -> String

    /// What is written under one of ``fileExtensions``, or under the format's identifier.
    func content(ofVariant variant: String?) -> ModelContent

    /// What stands in the way of writing a model, all of it, and what would look wrong in what is written.
    ///
    /// A model without findings of severity `error` can be written.
    func findings(
        about model: Model, variant: String?, options: WriteOptions
    ) -> [Finding]

    /// Writes a model, atomically: a failed write leaves what was there as it was.
    ///
    /// - Throws: ``HingeError``, with the code `unsupported` when the format can't express the model.
    func write(_ model: Model, to destination: ModelDestination, options: WriteOptions) throws
}

/// What a file of a format holds.
public enum ModelContent: Sendable, Hashable {
    /// A graph, with weights.
    case model
    /// Weights, whose graph stands elsewhere.
    case weights
}

public extension ModelFormat {
    var optionTypes: [any FormatOptions.Type] { [] }

    func accepts(_ architecture: Architecture) -> Bool { true }

    /// The versions of the operators.
    func version(of model: Model) -> String {
        model.opsetTexts.joined(separator: ", ")
    }

    func content(ofVariant variant: String?) -> ModelContent { .model }

    func findings(
        about model: Model, variant: String?, options: WriteOptions
    ) -> [Finding] { [] }

    /// Reads a model from a file.
    ///
    /// - Throws: ``HingeError``, without the file's path.
    func read(_ file: MappedFile, options: ReadOptions = ReadOptions()) throws -> Model {
        try read(.file(file), options: options)
    }

    /// Writes a model to the file at a path.
    ///
    /// - Throws: ``HingeError``, with the code `unsupported` when the format can't express the model.
    func write(
        _ model: Model, toPath path: String, variant: String? = nil,
        options: WriteOptions = WriteOptions()
    ) throws {
        try write(model, to: ModelDestination(path: path, variant: variant), options: options)
    }
}

extension Model {
    /// The versions of the operators, as people read them: `opset 17`, `ai.onnx.ml 3`.
    package var opsetTexts: [String] {
        opsetImports.map { "\($0.domain.isEmpty ? "opset" : $0.domain) \($0.version)" }
    }
}
