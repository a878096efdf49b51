import Foundation
import HingeGraph
import HingeKeras
import HingeONNX
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
            guard access("\(path)/saved_model.pb", F_OK) != 0 else {
                throw HingeError(
                    .unsupported,
                    "a TensorFlow SavedModel, which Hinge does not read; convert it with tf2onnx")
            }
            return try Model(contentsOf: MappedFile(path: path), options: options)
        }
    }

    /// Reads a model from a file that is already open.
    package init(contentsOf file: MappedFile, options: ReadOptions = ReadOptions()) throws {
        self = try ModelFormats.format(of: file, options: options).read(file, options: options)
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
        try write(to: path, ModelFormats.target(name, path), options)
    }

    /// Writes the model to the file at a path, in a format.
    func write(to path: String, _ target: ModelFormats.Target, _ options: WriteOptions) throws {
        _ = try write(target, toPath: path, shownAs: path, options)
    }

    /// Writes the model to a staged file.
    ///
    /// - Returns: The model as the format was given it: at the operator version that was asked for.
    func write(
        _ staged: StagedFile, _ target: ModelFormats.Target, _ options: WriteOptions
    ) throws -> Model {
        var options = options
        options.staged = staged
        return try write(target, toPath: staged.path, shownAs: staged.place.path, options)
    }

    private func write(
        _ target: ModelFormats.Target, toPath path: String, shownAs shownPath: String,
        _ options: WriteOptions
    ) throws -> Model {
        var options = options
        options.variant = options.variant ?? target.variant
        return try withContext(.file(shownPath)) {
            var model = self
            if let opset = options.opset {
                _ = try ConvertOpset(to: opset).run(&model)
            } else if target.format is ONNXFormat, model.origin?.payload is KerasOrigin {
                _ = try LowerOpset().run(&model)
            }
            do {
                try target.format.write(model, toPath: path, options: options)
            } catch var error as HingeError {
                // The path is added once, here.
                if [.file(path), .file(shownPath)].contains(error.context.first) {
                    error.context.removeFirst()
                }
                throw error
            }
            return model
        }
    }
}
