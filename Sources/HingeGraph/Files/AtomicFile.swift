#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes a file so that it is either complete or not there: into a temporary file in the same folder,
/// which is flushed and then renamed.
///
/// A link stays, and what it leads to is replaced. A file that is replaced hands its permissions on. A device or a
/// pipe is not replaced: it takes the bytes when all of them are there.
package enum AtomicFile {
    /// Runs `body` with the path of a temporary file, which it writes; then puts that in place of `path`.
    ///
    /// An error of `body`, and any failure to flush or rename, leaves what was at `path` untouched.
    ///
    /// - Parameter others: Temporary files that stay when the file is in place: it needs them.
    /// - Throws: ``HingeError`` with the code `cannotCreate` or `inputOutput`, or what `body` throws.
    package static func replace(
        _ path: String, keeping others: [String] = [],
        _ body: (_ temporaryPath: String) throws -> Void
    ) throws {
        let place = try OutputPlace(path)
        let temporary = try place.temporaryFile()
        defer { TemporaryFiles.remove(temporary) }
        try body(temporary)
        try put(temporary, at: place, keeping: others)
    }

    /// Writes pieces of memory, one after the other, in place of the file at `path`.
    ///
    /// - Parameter others: Temporary files that stay when the file is in place: it needs them.
    /// - Throws: ``HingeError`` with the code `cannotCreate` or `inputOutput`.
    package static func write(
        _ pieces: [UnsafeRawBufferPointer], to path: String, keeping others: [String] = []
    ) throws {
        let place = try OutputPlace(path)
        guard place.isFile else { return try stream(pieces, to: place) }
        try replace(path, keeping: others) { temporary in
            let descriptor = open(temporary, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure(errno, path) }
            defer { close(descriptor) }
            try write(pieces, to: descriptor, path)
        }
    }

    /// Runs `body` with the path of a temporary file where the one at `path` will be written, and removes it.
    ///
    /// - Throws: ``HingeError`` with the code `cannotCreate`, or what `body` throws.
    package static func withScratch<Result>(
        besidePath path: String, _ body: (_ temporaryPath: String) throws -> Result
    ) throws -> Result {
        let temporary = try OutputPlace(path).temporaryFile()
        defer { TemporaryFiles.remove(temporary) }
        return try body(temporary)
    }

    /// Creates a file beside another, under the first of `names` that no file has, and writes it.
    ///
    /// The file is temporary until it is kept.
    ///
    /// - Parameter body: Is given the name, and writes the content piece by piece.
    /// - Returns: The path.
    /// - Throws: ``HingeError``, or what `body` throws; then there is no file.
    package static func create(
        _ names: some Sequence<String>, beside place: OutputPlace,
        _ body: (_ name: String, _ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws -> String {
        for name in names {
            let path = place.sibling(name)
            let mode: mode_t = place.replaced == nil ? 0o666 : 0o600
            let (descriptor, error) = TemporaryFiles.create(path, mode: mode)
            if error == EEXIST { continue }
            guard error == 0 else {
                throw HingeError(
                    .cannotCreate, "cannot create the file: \(SystemError.text(error))",
                    at: [.file(path)])
            }
            defer { close(descriptor) }
            do {
                try body(name) { try write([$0], to: descriptor, path) }
                try finish(descriptor, place.replaced, path)
            } catch {
                TemporaryFiles.remove(path)
                throw error
            }
            return path
        }
        throw HingeError(.cannotCreate, "every name is taken", at: [.file(place.path)])
    }

    /// Removes a file that has no use any more.
    package static func remove(_ path: String) { unlink(path) }

    /// Puts a temporary file at its place.
    static func put(
        _ temporary: String, at place: OutputPlace, keeping others: [String]
    ) throws {
        guard case .file(let path, let replaced) = place.kind else {
            let region = try MappedFile(path: temporary).region
            try withExtendedLifetime(region) { try stream([region.bytes], to: place) }
            return TemporaryFiles.remove(temporary)
        }
        let descriptor = open(temporary, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno, place.path) }
        defer { close(descriptor) }
        try finish(descriptor, replaced, place.path)
        let error = TemporaryFiles.move(temporary, to: path, keeping: others)
        guard error == 0 else {
            throw HingeError(
                .cannotCreate, "cannot put the file in place: \(SystemError.text(error))",
                at: [.file(place.path)])
        }
        flush(OutputPlace.split(path).folder)
        if !others.isEmpty { flush(place.folder) }
    }

    /// Gives a file what it takes over, and sees that its content is on the disk.
    private static func finish(
        _ descriptor: Int32, _ replaced: FileAttributes?, _ path: String
    ) throws {
        let error = replaced?.apply(to: descriptor) ?? 0
        guard error == 0 else { throw failure(error, path) }
        guard fsync(descriptor) == 0 else { throw failure(errno, path) }
    }

    /// Sees that the names in a folder are on the disk; not every file system can.
    private static func flush(_ folder: String) {
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

// MARK: - Bytes

extension AtomicFile {
    private static func stream(_ pieces: [UnsafeRawBufferPointer], to place: OutputPlace) throws {
        let descriptor =
            if case .descriptor(let number) = place.kind {
                fcntl(number, F_DUPFD_CLOEXEC, 0)
            } else {
                open(place.path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
            }
        guard descriptor >= 0 else {
            throw HingeError(
                .cannotCreate, "cannot open the output: \(SystemError.text(errno))",
                at: [.file(place.path)])
        }
        defer { close(descriptor) }
        try write(pieces, to: descriptor, place.path)
    }

    private static func write(
        _ pieces: [UnsafeRawBufferPointer], to descriptor: Int32, _ path: String
    ) throws {
        for piece in pieces {
            var rest = piece[...]
            while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
                #if canImport(Darwin)
                    let written = Darwin.write(descriptor, start, min(rest.count, 1 << 30))
                #elseif canImport(Glibc)
                    let written = Glibc.write(descriptor, start, min(rest.count, 1 << 30))
                #else
                    let written = Musl.write(descriptor, start, min(rest.count, 1 << 30))
                #endif
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { throw failure(written < 0 ? errno : EIO, path) }
                rest = rest.dropFirst(written)
            }
        }
    }

    private static func failure(_ number: Int32, _ path: String) -> HingeError {
        HingeError(
            .inputOutput, "cannot write the file: \(SystemError.text(number))", at: [.file(path)])
    }
}
