import HingeGraph
import HingeKeras
import HingeONNX

/// The file formats that Hinge knows.
///
/// A format is made known by one line here.
public enum ModelFormats {
    /// All formats, in the order in which a file's content is tried.
    public static let all: [any ModelFormat] = [
        KerasFormat(),
        HDF5WeightsFormat(),
        ONNXFormat(),
    ]

    /// A format to write, and which of its variants.
    struct Target {
        let format: any ModelFormat
        let variant: String?
    }

    /// The format of a file, found by its content.
    ///
    /// A file of weights is read into the model that ``ReadOptions/architecturePath`` names. What looks like weights
    /// of Keras, but comes with a model that isn't one of Keras, is taken for plain HDF5 weights.
    ///
    /// - Throws: ``HingeError`` when no format recognizes the file.
    public static func format(
        of file: MappedFile, options: ReadOptions = ReadOptions()
    ) throws -> any ModelFormat {
        let probe = FileProbe(file)
        if let format = all.first(where: { $0.recognizes(probe) }) {
            guard format is KerasFormat, let path = options.architecturePath,
                HDF5WeightsFormat().recognizes(probe), !KerasFormat.holdsArchitecture(file),
                let architecture = try? MappedFile(path: path),
                !KerasFormat().recognizes(FileProbe(architecture))
            else { return format }
            return HDF5WeightsFormat()
        }
        throw HingeError(.badData, "not a model file: \(ContentGuess.describe(probe))")
    }

    /// The format that a name stands for: an identifier (`onnx`), or one of a format's file extensions.
    ///
    /// - Throws: ``HingeError`` when there is none.
    public static func format(
        named name: String
    ) throws -> (format: any ModelFormat, variant: String?) {
        let name = name.lowercased()
        for format in all {
            if format.fileExtensions.contains(name) { return (format, name) }
            if format.identifier == name { return (format, nil) }
        }
        let known = all.flatMap(\.fileExtensions).joined(separator: ", ")
        throw HingeError(.usage, "expected a format (\(known)), found '\(name)'")
    }

    /// The format to write: the one that is named, or else the one that the path's extension stands for.
    ///
    /// - Throws: ``HingeError`` when there is none.
    static func target(_ name: String?, _ path: String) throws -> Target {
        let (format, variant) =
            try name.map { try self.format(named: $0) } ?? self.format(forPath: path)
        return Target(format: format, variant: variant)
    }

    /// The format that a file name's extension stands for.
    ///
    /// - Throws: ``HingeError`` when there is none.
    public static func format(
        forPath path: String
    ) throws -> (format: any ModelFormat, variant: String?) {
        let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
        let candidates = all.flatMap { format in
            format.fileExtensions.map { (format: format, variant: $0) }
        }
        let longestFirst = candidates.sorted { $0.variant.count > $1.variant.count }
        if let match = longestFirst.first(where: { name.hasSuffix("." + $0.variant) }) {
            return (match.format, match.variant)
        }
        let known = all.flatMap(\.fileExtensions).map { "." + $0 }.joined(separator: ", ")
        throw HingeError(
            .usage, "the file name's extension stands for no format; expected one of \(known)",
            at: [.file(path)])
    }
}
