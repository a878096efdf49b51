import HingeGraph

/// The files beside a model that hold its weights.
///
/// A model may only name files in its own folder or below; each is mapped into memory once.
final class ExternalDataFolder {
    private let folder: ModelFolder
    private var files: [String: MappedFile] = [:]

    /// The data files of a model in the given folder.
    init(_ folder: String) {
        self.folder = ModelFolder(path: folder)
    }

    /// The locations that were asked for so far.
    var locations: Set<String> { Set(files.keys) }

    /// The bytes that a tensor's `external_data` entries name.
    ///
    /// - Parameters:
    ///   - entries: `location`, a path relative to the model's folder; `offset` and `length` in bytes.
    ///   - byteCount: The size of the tensor.
    /// - Throws: ``HingeError`` when the entries are malformed, the file is outside the folder, or it is
    ///   shorter than they say.
    func region(_ entries: Metadata, byteCount: Int) throws -> MemoryRegion {
        guard let location = entries["location"] else {
            throw HingeError(.badData, "expected the location of the external data, found none")
        }
        let offset = try number("offset", entries) ?? 0
        let length = try number("length", entries) ?? byteCount
        guard length == byteCount else {
            throw HingeError(
                .badData,
                "expected \(byteCount) bytes of external data, found a length of \(length)"
            )
        }
        return try withContext(.file(location)) {
            let file = try file(location)
            guard offset <= file.byteCount, length <= file.byteCount - offset else {
                throw HingeError(
                    .badData,
                    "expected \(length) bytes from \(offset) on, found a file of \(file.byteCount)")
            }
            return MemoryRegion(file.region, offset..<offset + length)
        }
    }

    private func number(_ key: String, _ entries: Metadata) throws -> Int? {
        guard let text = entries[key] else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw HingeError(
                .badData,
                "expected a number of bytes as the external data's \(key), found '\(text)'"
            )
        }
        return number
    }

    private func file(_ location: String) throws -> MappedFile {
        if let file = files[location] { return file }
        let file = try folder.file(location)
        files[location] = file
        return file
    }
}
