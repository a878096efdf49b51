import HingeGraph
import HingeHDF5
import HingeKeras
import HingeONNX

/// The formats that a model may be read from or written to.
///
/// It is a value: who knows a further format hands a list with it to `Model(contentsOf:)`, `write(to:)` or
/// ``Conversion``.
///
/// ```swift
/// let formats = ModelFormats.standard.adding(MyFormat())
/// let model = try Model(contentsOfFile: "model.mine", formats: formats)
/// ```
public struct ModelFormats: Sendable {
    /// The formats, in the order in which a file's content is tried.
    public let all: [any ModelFormat]

    /// Creates a list of formats.
    public init(_ formats: [any ModelFormat]) { all = formats }

    /// The formats that Hinge brings; each is made known by one line here.
    public static let standard = ModelFormats([
        KerasFormat(),
        HDF5WeightsFormat(),
        ONNXFormat(),
    ])

    /// This list with another format, which is tried before the others.
    public func adding(_ format: any ModelFormat) -> ModelFormats { ModelFormats([format] + all) }
}

// MARK: - Reading

extension ModelFormats {
    /// The format of a file or folder, found by its content.
    ///
    /// Of several formats that recognise weights, it is the first that accepts the architecture they are to be read into.
    ///
    /// - Throws: ``HingeError`` when no format recognizes it.
    public func format(
        of source: ModelSource, options: ReadOptions = ReadOptions()
    ) throws -> any ModelFormat {
        let candidates = all.compactMap { format in
            format.content(of: source).map { (format: format, content: $0) }
        }
        guard let first = candidates.first else {
            throw ContentGuess.error(source)
        }
        guard first.content == .weights, let architecture = options.architecture else {
            return first.format
        }
        let accepting = candidates.first {
            $0.content == .weights && $0.format.accepts(architecture)
        }
        return (accepting ?? first).format
    }

    /// Reads a model from a file or folder that is open.
    ///
    /// - Throws: ``HingeError`` without the path of the source.
    public func read(_ source: ModelSource, options: ReadOptions = ReadOptions()) throws -> Model {
        var options = options
        options.architecture?.reader = { try Model(contentsOfFile: $0, formats: self) }
        return try format(of: source, options: options).read(source, options: options)
    }
}

// MARK: - Writing

extension ModelFormats {
    /// A format to write, and which of its variants.
    public struct Target: Sendable {
        /// The format.
        public let format: any ModelFormat
        /// Which of its file extensions was asked for.
        public let variant: String?

        /// What is written: a model, or its weights.
        var content: ModelContent { format.content(ofVariant: variant) }
    }

    /// The format that a name stands for: an identifier (`onnx`), or one of a format's file extensions.
    ///
    /// - Throws: ``HingeError`` when there is none.
    public func target(named name: String) throws -> Target {
        let name = name.lowercased()
        for format in all {
            if format.fileExtensions.contains(name) { return Target(format: format, variant: name) }
            if format.identifier == name { return Target(format: format, variant: nil) }
        }
        let known = all.flatMap(\.fileExtensions).joined(separator: ", ")
        throw HingeError(.usage, "expected a format (\(known)), found '\(name)'")
    }

    /// The format that a file name's extension stands for.
    ///
    /// - Throws: ``HingeError`` when there is none.
    public func target(forPath path: String) throws -> Target {
        let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
        let candidates = all.flatMap { format in
            format.fileExtensions.map { (format: format, variant: $0) }
        }
        let longest = candidates.filter { name.hasSuffix("." + $0.variant) }
            .reduce(nil as (format: any ModelFormat, variant: String)?) { best, candidate in
                guard let best, best.variant.count >= candidate.variant.count else {
                    return candidate
                }
                return best
            }
        guard let longest else {
            let known = all.flatMap(\.fileExtensions).map { "." + $0 }.joined(separator: ", ")
            throw HingeError(
                .usage, "the file name's extension stands for no format; expected one of \(known)",
                at: [.file(path)])
        }
        return Target(format: longest.format, variant: longest.variant)
    }

    /// The format to write: the one that is named, or else the one that the path's extension stands for.
    func target(_ name: String?, _ path: String) throws -> Target {
        try name.map { try target(named: $0) } ?? target(forPath: path)
    }
}
