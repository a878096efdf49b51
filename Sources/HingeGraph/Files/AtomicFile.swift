#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes a file so that it is either complete or not there: into a temporary file in the same folder,
/// which is flushed and then renamed.
package enum AtomicFile {
    /// Runs `body` with the path of a temporary file, which it writes; then puts that in place of `path`.
    ///
    /// An error of `body`, and any failure to flush or rename, leaves what was at `path` untouched.
    ///
    /// - Throws: ``HingeError`` with the code `cannotCreate` or `inputOutput`, or what `body` throws.
    package static func replace(_ path: String, _ body: (_ temporaryPath: String) throws -> Void)
        throws
    {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let temporary =
            "\(folder)/.\(name).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
        let descriptor = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw HingeError(
                .cannotCreate, "cannot create the file: \(SystemError.text(errno))",
                at: [.file(path)])
        }
        close(descriptor)
        do {
            try body(temporary)
            try flush(temporary, O_RDWR)
            guard rename(temporary, path) == 0 else {
                throw HingeError(
                    .cannotCreate, "cannot put the file in place: \(SystemError.text(errno))",
                    at: [.file(path)])
            }
        } catch {
            unlink(temporary)
            throw error
        }
        try? flush(folder, O_RDONLY)
    }

    /// Writes pieces of memory, one after the other, in place of the file at `path`.
    package static func write(_ pieces: [UnsafeRawBufferPointer], to path: String) throws {
        try replace(path) { temporary in
            let descriptor = open(temporary, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure(path) }
            defer { close(descriptor) }
            for piece in pieces { try write(piece, to: descriptor, path) }
        }
    }

    private static func write(
        _ piece: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
    ) throws {
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
            guard written > 0 else { throw failure(path) }
            rest = rest.dropFirst(written)
        }
    }

    private static func flush(_ path: String, _ flags: Int32) throws {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> HingeError {
        HingeError(
            .inputOutput, "cannot write the file: \(SystemError.text(errno))", at: [.file(path)])
    }
}
