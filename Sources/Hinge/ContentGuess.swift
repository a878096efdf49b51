import HingeArchive
import HingeGraph
import HingeOperators

/// Says what a file that is no model seems to be.
enum ContentGuess {
    /// How many bytes are looked at, at most.
    private static let longestStart = 4096

    /// Says that a source is no model, and what it seems to be.
    static func error(_ source: ModelSource) -> HingeError {
        switch source {
        case .file(let file):
            HingeError(.badData, "not a model file: \(describe(file))")
        case .folder(let folder) where folder.has("saved_model.pb"):
            HingeError(
                .unsupported,
                "a TensorFlow SavedModel, which Hinge does not read; convert it with tf2onnx")
        case .folder:
            HingeError(
                .noInput,
                "expected a file, or the folder of an unpacked model, found another folder")
        }
    }

    private static func describe(_ file: MappedFile) -> String {
        if file.byteCount == 0 { return "the file is empty" }
        if let format = signatures.first(where: { file.has($0.bytes, at: $0.offset) }) {
            return format.description
        }
        if file.withUnsafeBytes(EncodedImage.isImage) { return "an image" }
        if ZipArchive.isZip(file.region) { return zip(file) }
        if isSafetensors(file) {
            return "weights of safetensors, which Hinge does not read"
        }
        let start = Array(file.region.bytes.prefix(longestStart))
        if start.allSatisfy({ $0 == 0 }) {
            return
                "it begins with \(start.count) zeros, as a file does whose download was broken off"
        }
        return text(start) ?? protobuf(file)
            ?? "the content is of no format that Hinge reads, or the file is truncated or damaged"
    }

    /// Formats by the bytes that stand at an offset.
    private static let signatures: [(bytes: [UInt8], offset: Int, description: String)] = [
        (
            Array("version https://git-lfs".utf8), 0,
            "this is a Git LFS pointer; fetch the file itself with 'git lfs pull'"
        ),
        ([0x89, 0x48, 0x44, 0x46], 0, "an HDF5 file that is truncated or damaged"),
        (Array("TFL3".utf8), 4, "a TensorFlow Lite model, which Hinge does not read"),
        (Array("ORTM".utf8), 4, "a model of ONNX Runtime's own format, which Hinge does not read"),
        (Array("GGUF".utf8), 0, "weights of GGUF, which Hinge does not read"),
        ([0x93] + Array("NUMPY".utf8), 0, "a NumPy array, not a model"),
        ([0x80, 0x02], 0, pickle), ([0x80, 0x03], 0, pickle), ([0x80, 0x04], 0, pickle),
        ([0x80, 0x05], 0, pickle),
        ([0x1F, 0x8B], 0, compressed), (Array("BZh".utf8), 0, compressed),
        ([0x28, 0xB5, 0x2F, 0xFD], 0, compressed), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], 0, compressed),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], 0, compressed),
        (Array("ustar".utf8), 257, "a tar archive; unpack it first"),
    ]
    private static let pickle =
        "a Python pickle, as PyTorch saves; export the model to ONNX with PyTorch"
    private static let compressed = "a compressed file; unpack it first"

    private static func zip(_ file: MappedFile) -> String {
        guard let archive = try? ZipArchive(file: file) else {
            return "a zip archive that is truncated or damaged"
        }
        let names = archive.members.map(\.name)
        if names.contains(where: { $0.hasSuffix("data.pkl") }) {
            return "a file of PyTorch; export the model to ONNX with PyTorch"
        }
        if !names.isEmpty, names.allSatisfy({ $0.hasSuffix(".npy") }) {
            return "NumPy arrays (.npz), not a model"
        }
        return "a zip archive without a Keras model in it"
    }

    /// Eight bytes that give the length of a JSON object, and that object.
    private static func isSafetensors(_ file: MappedFile) -> Bool {
        guard file.byteCount > 10 else { return false }
        let bytes = file.region.bytes
        let length = bytes[..<8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        return length < 100 << 20 && bytes[8] == UInt8(ascii: "{") && bytes[9] == UInt8(ascii: "\"")
    }

    private static func text(_ start: [UInt8]) -> String? {
        let isText = start.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
        // Of a longer file, the last character may be cut.
        let isUTF8 = (0...(start.count < longestStart ? 0 : 3)).contains {
            String(validating: start.dropLast($0), as: UTF8.self) != nil
        }
        guard isText, isUTF8 else { return nil }
        let words = String(decoding: start.drop { $0 <= 0x20 }.prefix(64), as: UTF8.self)
            .lowercased()
        if words.hasPrefix("<!doctype html") || words.hasPrefix("<html") {
            return "an HTML page, as a download gives that needs a login or went wrong"
        }
        if words.hasPrefix("<?xml") { return "an XML document" }
        if words.hasPrefix("{") || words.hasPrefix("[") { return "a JSON document" }
        return "a text"
    }

    /// Messages of other kinds, by their first fields.
    private static func protobuf(_ file: MappedFile) -> String? {
        let bytes = Array(file.region.bytes.prefix(64))
        guard bytes.count >= 4 else { return nil }
        // saved_model_schema_version = 1, meta_graphs.
        if bytes.starts(with: [0x08, 0x01, 0x12]) {
            return "a TensorFlow SavedModel, which Hinge does not read; convert it with tf2onnx"
        }
        // node { name; op }.
        if bytes[0] == 0x0A, let inner = bytes.dropFirst().firstIndex(where: { $0 < 0x80 }),
            inner + 2 < bytes.count, bytes[inner + 1] == 0x0A,
            case let op = inner + 3 + Int(bytes[inner + 2]), op < bytes.count, bytes[op] == 0x12
        {
            return "a TensorFlow graph, which Hinge does not read; convert it with tf2onnx"
        }
        return nil
    }
}
