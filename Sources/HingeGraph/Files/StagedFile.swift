import Synchronization

/// An output that is written and examined before it takes its place.
///
/// ```swift
/// let staged = try StagedFile(for: "model.onnx")
/// defer { staged.discard() }
/// try write(staged.path)
/// try examine(staged.file())
/// try staged.put()
/// ```
package final class StagedFile: Sendable {
    /// Where the output will be.
    package let place: OutputPlace
    /// Where it is until then.
    package let path: String
    private let others = Mutex<(kept: [String], obsolete: [String])>(([], []))

    /// Creates an empty file that will take the place of the one at `path`.
    ///
    /// - Throws: ``HingeError`` with the code `cannotCreate`.
    package init(for path: String) throws {
        place = try OutputPlace(path)
        self.path = try place.temporaryFile()
    }

    deinit { discard() }

    /// The file as it will be: with its path, and what is beside that.
    ///
    /// - Throws: ``HingeError`` when it can't be read.
    package func file() throws -> MappedFile {
        MappedFile(path: place.path, region: try MappedFile(path: path).region)
    }

    /// Names temporary files that stay when the output is in place: it needs them.
    package func keep(_ path: String) { others.withLock { $0.kept.append(path) } }

    /// Names files that have no use once the output is in place.
    package func replace(_ path: String) { others.withLock { $0.obsolete.append(path) } }

    /// Puts the output in its place.
    ///
    /// - Throws: ``HingeError`` with the code `cannotCreate` or `inputOutput`; then nothing has changed there.
    package func put() throws {
        let (kept, obsolete) = others.withLock { $0 }
        try AtomicFile.put(path, at: place, keeping: kept)
        others.withLock { $0 = ([], []) }
        for path in obsolete { AtomicFile.remove(path) }
    }

    /// Removes the file, and those that only it needs, unless it is in place.
    package func discard() {
        TemporaryFiles.remove(path)
        for path in others.withLock({ $0.kept }) { TemporaryFiles.remove(path) }
    }
}
