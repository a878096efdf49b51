internal import CZip
import HingeGraph

/// Writes zip files: members stored as they are, all dated 1 January 1980, in the order given.
///
/// The content of each member begins at a multiple of 64 bytes in the file, so that what is mapped from
/// there is aligned; the member's header is padded with an extra field, which readers skip.
package enum ZipWriter {
    /// A member to be written.
    package struct Member: Sendable {
        /// The name, with `/` between folders.
        package let name: String
        /// The content, in pieces.
        package let pieces: [MemoryRegion]

        /// Creates a member whose content is in several pieces.
        package init(name: String, pieces: [MemoryRegion]) {
            self.name = name
            self.pieces = pieces
        }

        /// Creates a member.
        package init(name: String, content: MemoryRegion) {
            self.init(name: name, pieces: [content])
        }

        /// Creates a member that holds text.
        package init(name: String, text: String) {
            self.init(name: name, content: MemoryRegion(copying: text.utf8))
        }

        fileprivate var byteCount: Int { pieces.reduce(0) { $0 + $1.byteCount } }
    }

    private static let alignment = 64

    /// Writes a file, atomically.
    ///
    /// The same members give the same bytes; contents are not copied.
    ///
    /// - Throws: ``HingeError`` when a name is not usable or given twice, or writing fails.
    package static func write(_ members: [Member], toPath path: String) throws {
        var names = Set<String>()
        for member in members {
            let parts = member.name.split(separator: "/", omittingEmptySubsequences: false)
            guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }),
                !member.name.utf8.contains(0), !member.name.contains("\\"),
                member.name.utf8.count < 1 << 15
            else {
                throw HingeError(
                    .usage, "this cannot be the name of a member of a zip file",
                    at: [.path(member.name)])
            }
            guard names.insert(member.name).inserted else {
                throw HingeError(
                    .usage, "two members have the same name", at: [.path(member.name)])
            }
        }
        try AtomicFile.replace(path) { temporary in
            do {
                try write(members, into: temporary)
            } catch let error as HingeError {
                throw error.adding(.file(path))
            }
        }
    }

    private static func write(_ members: [Member], into path: String) throws {
        let sink = try ZipSink(path: path)
        do {
            let output = try ZipOutput(sink)
            var offset = 0
            for member in members {
                offset = try add(member, to: output, at: offset)
            }
            // The contents are read only when the file is finished.
            defer { withExtendedLifetime(members) {} }
            try output.finish()
            if members.isEmpty { sink.writeEmptyArchive() }
        } catch {
            try sink.check()
            throw error
        }
        try sink.check()
    }

    /// Adds a member whose header will be at an offset; returns the offset where the next one's will be.
    private static func add(
        _ member: Member, to output: borrowing ZipOutput, at offset: Int
    ) throws -> Int {
        // A local header takes 30 bytes and the name, an extra field 4 bytes and its data.
        let start = offset + 30 + member.name.utf8.count + 4
        let padding = (alignment - start % alignment) % alignment
        try output.add(member.name, member.pieces, padding: padding)
        return start + padding + member.byteCount
    }
}

/// Owns libzip's handle for a zip file that is being written.
private struct ZipOutput: ~Copyable {
    private let archive: OpaquePointer

    init(_ sink: ZipSink) throws {
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        let flags = ZIP_CREATE | ZIP_TRUNCATE
        guard let source = sink.source(&error) else { throw Self.failure(&error) }
        guard let archive = zip_open_from_source(source, flags, &error) else {
            zip_source_free(source)
            throw Self.failure(&error)
        }
        self.archive = archive
    }

    private static func failure(_ error: UnsafeMutablePointer<zip_error_t>) -> HingeError {
        let reason = zip_error_strerror(error).map { String(cString: $0) } ?? "no reason given"
        return HingeError(.inputOutput, "cannot write the zip file: \(reason)")
    }

    deinit { zip_discard(archive) }

    func add(_ name: String, _ pieces: [MemoryRegion], padding: Int) throws {
        let fragments = pieces.filter { $0.byteCount > 0 }.map {
            zip_buffer_fragment_t(
                data: $0.base.assumingMemoryBound(to: UInt8.self), length: UInt64($0.byteCount))
        }
        guard
            let source = fragments.isEmpty
                ? zip_source_buffer(archive, nil, 0, 0)
                : zip_source_buffer_fragment(archive, fragments, UInt64(fragments.count), 0)
        else { throw failure() }
        let index = zip_file_add(archive, name, source, UInt32(ZIP_FL_ENC_UTF_8))
        guard index >= 0 else {
            zip_source_free(source)
            throw failure()
        }
        let member = UInt64(index)
        // 1 January 1980 is day 1, month 1, year 0 of the calendar of DOS.
        let date: UInt16 = 1 << 5 | 1
        let zeros = [UInt8](repeating: 0, count: padding)
        guard zip_set_file_compression(archive, member, ZIP_CM_STORE, 0) == 0,
            zip_file_set_dostime(archive, member, 0, date, 0) == 0,
            zip_file_extra_field_set(
                archive, member, Self.paddingField, UInt16(clamping: ZIP_EXTRA_FIELD_NEW), zeros,
                UInt16(padding), UInt32(ZIP_FL_LOCAL)) == 0
        else { throw failure() }
    }

    /// Writes the file.
    consuming func finish() throws {
        guard zip_close(archive) == 0 else {
            let error = failure()
            _ = consume self
            throw error
        }
        discard self
    }

    /// The field that Android's `zipalign` pads with.
    private static let paddingField: UInt16 = 0xD935

    private borrowing func failure() -> HingeError {
        let reason = zip_strerror(archive).map { String(cString: $0) } ?? "no reason given"
        return HingeError(.inputOutput, "cannot write the zip file: \(reason)")
    }
}
