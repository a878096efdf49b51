import Foundation
import HingeGraph
import HingeTransforms

extension Model {
    /// Reads a model.
    ///
    /// The format is found by the file's content.
    ///
    /// Weights are mapped into memory, not read, where the format allows it: the file must stay in place
    /// while the model is in use.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - options: What a format may need besides the file.
    /// - Throws: ``HingeError`` with the file as its outermost context.
    public init(contentsOf url: URL, options: ReadOptions = ReadOptions()) throws {
        try self.init(contentsOfFile: url.path, options: options)
    }

    /// Reads a model from the file at a path.
    ///
    /// - Throws: ``HingeError`` with the file as its outermost context.
    public init(contentsOfFile path: String, options: ReadOptions = ReadOptions()) throws {
        self = try withContext(.file(path)) {
            try Model(contentsOf: MappedFile(path: path), options: options)
        }
    }

    /// Reads a model from a file that is already open.
    package init(contentsOf file: MappedFile, options: ReadOptions = ReadOptions()) throws {
        self = try ModelFormats.format(of: file).read(file, options: options)
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
    ///   - options: The operator version, and what else formats let a caller choose.
    /// - Throws: ``HingeError`` with the file as its outermost context.
    public func write(to url: URL, options: WriteOptions = WriteOptions()) throws {
        try write(toFile: url.path, options: options)
    }

    /// Writes the model to the file at a path.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - name: The format's name, or `nil` for the one that the path's extension stands for.
    ///   - options: The operator version, and what else formats let a caller choose.
    /// - Throws: ``HingeError`` with the file as its outermost context.
    public func write(
        toFile path: String, format name: String? = nil, options: WriteOptions = WriteOptions()
    ) throws {
        let (format, variant) =
            try name.map { try ModelFormats.format(named: $0) }
            ?? ModelFormats.format(forPath: path)
        var options = options
        options.variant = options.variant ?? variant
        try withContext(.file(path)) {
            var model = self
            if let opset = options.opset { _ = try ConvertOpset(to: opset).run(&model) }
            do {
                try format.write(model, toPath: path, options: options)
            } catch var error as HingeError {
                // The path is added once, here.
                if error.context.first == .file(path) { error.context.removeFirst() }
                throw error
            }
        }
    }
}
