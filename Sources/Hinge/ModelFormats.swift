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

    /// The format of a file, found by its content.
    ///
    /// - Throws: ``HingeError`` when no format recognizes the file.
    public static func format(of file: MappedFile) throws -> any ModelFormat {
        let probe = FileProbe(file)
        if let format = all.first(where: { $0.recognizes(probe) }) { return format }
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

/// Says what a file that is no model seems to be.
private enum ContentGuess {
    static func describe(_ probe: FileProbe) -> String {
        if probe.file.byteCount == 0 { return "the file is empty" }
        if probe.has(Array("version https://git-lfs".utf8)) {
            return "this is a Git LFS pointer; fetch the file itself with 'git lfs pull'"
        }
        if probe.has([0x50, 0x4B, 0x03, 0x04]) {
            return "a zip archive without a Keras model in it"
        }
        if probe.has([0x89, 0x48, 0x44, 0x46]) {
            return "an HDF5 file that is truncated or damaged"
        }
        if probe.has(Array("{".utf8)) || probe.has(Array("[".utf8)) { return "a JSON document" }
        if probe.has([0x80, 0x02]) || probe.has([0x80, 0x04]) { return "a Python pickle" }
        if probe.has(Array("TFL3".utf8), at: 4) { return "a TensorFlow Lite model" }
        return "the content is of no format that Hinge reads, or the file is truncated or damaged"
    }
}
