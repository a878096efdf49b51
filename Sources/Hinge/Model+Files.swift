import Foundation
import HingeGraph

extension Model {
    /// Reads a model.
    ///
    /// The format is found by the content of the file or folder.
    ///
    /// Weights are mapped into memory, not read, where the format allows it: the file must stay in place
    /// while the model is in use.
    ///
    /// - Parameters:
    ///   - url: The file or folder.
    ///   - formats: The formats that it may be of.
    ///   - options: What a format may need besides the file.
    /// - Throws: ``HingeError`` with the file as its outermost context.
    public init(
        contentsOf url: URL, formats: ModelFormats = .standard,
        options: ReadOptions = ReadOptions()
    ) throws {
        try self.init(contentsOfFile: url.path, formats: formats, options: options)
    }

    /// Reads a model from the file or folder at a path.
    ///
    /// - Throws: ``HingeError`` with the file as its outermost context.
    public init(
        contentsOfFile path: String, formats: ModelFormats = .standard,
        options: ReadOptions = ReadOptions()
    ) throws {
        self = try withContext(.file(path)) {
            try formats.read(ModelSource(path: path), options: options)
        }
    }

    /// Writes the model.
    ///
    /// The format is the one that the file name's extension stands for.
    ///
    /// The file is written beside its place and then moved there: whatever goes wrong, an existing file is
    /// either replaced whole or left as it was.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - formats: The formats that it may be of.
    ///   - options: What formats let a caller choose.
    /// - Throws: ``HingeError`` with the file as its outermost context.
    public func write(
        to url: URL, formats: ModelFormats = .standard, options: WriteOptions = WriteOptions()
    ) throws {
        try write(toFile: url.path, formats: formats, options: options)
    }

    /// Writes the model to the file at a path.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - name: The format's name, or `nil` for the one that the path's extension stands for.
    ///   - formats: The formats that it may be of.
    ///   - options: What formats let a caller choose.
    /// - Throws: ``HingeError`` with the file as its outermost context.
    public func write(
        toFile path: String, format name: String? = nil, formats: ModelFormats = .standard,
        options: WriteOptions = WriteOptions()
    ) throws {
        let target = try formats.target(name, path)
        try write(
            ModelDestination(path: path, variant: target.variant), target.format, options)
    }

    /// Writes the model in a format.
    func write(
        _ destination: ModelDestination, _ format: any ModelFormat, _ options: WriteOptions
    ) throws {
        let path = destination.path
        try withContext(.file(path)) {
            try options.check(for: format)
            do {
                try format.write(self, to: destination, options: options)
            } catch var error as HingeError {
                // The path is added once, here.
                if [.file(path), .file(destination.writtenPath)].contains(error.context.first) {
                    error.context.removeFirst()
                }
                throw error
            }
        }
    }
}

extension Model {
    /// What stands in the way of writing the model in a format, all of it, and what would look wrong in what is written;
    /// first, what the reader of the model had to guess.
    ///
    /// - Parameters:
    ///   - name: The format's name, as `hinge convert --to` takes it: `onnx` is the standard and its checker.
    ///   - formats: The formats that it may be.
    ///   - options: How it would be written.
    /// - Throws: ``HingeError`` when there is no format of that name, or the options are those of another.
    public func findings(
        for name: String, formats: ModelFormats = .standard, options: WriteOptions = WriteOptions()
    ) throws -> [Finding] {
        let target = try formats.target(named: name)
        try options.check(for: target.format)
        return warnings.map { Finding(.warning, "reading", $0) }
            + target.format.findings(about: self, variant: target.variant, options: options)
    }

    /// The nodes that can't be run, each with the reason: an operator that Hinge doesn't have, or a form of one.
    ///
    /// - Throws: ``HingeError`` when the graph can't be understood at all.
    public func findingsAboutRunning() throws -> [Finding] {
        try unknownNodes().map { Finding($0, rule: "run") }
    }
}
