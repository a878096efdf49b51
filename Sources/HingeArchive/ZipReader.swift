internal import CZip
import HingeGraph

/// Owns libzip's handle for a zip file in memory.
struct ZipReader: ~Copyable {
    private let archive: OpaquePointer
    private let source: ZipSource

    /// Opens the archive and checks its directory against the members' headers.
    init(region: MemoryRegion) throws {
        guard region.byteCount > 0 else {
            throw HingeError(.badData, "this is not a sound zip file: it is empty")
        }
        let source = ZipSource(region)
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        let opaque = Unmanaged.passRetained(source)
        guard let handle = zip_source_function_create(ZipSource.callback, opaque.toOpaque(), &error)
        else {
            opaque.release()
            throw HingeError(.badData, "cannot read the zip file: \(Self.text(&error))")
        }
        guard let archive = zip_open_from_source(handle, ZIP_RDONLY | ZIP_CHECKCONS, &error) else {
            zip_source_free(handle)
            guard zip_error_code_zip(&error) != ZIP_ER_EXISTS else {
                throw HingeError(.badData, "the archive has two members of the same name")
            }
            throw HingeError(.badData, "this is not a sound zip file: \(Self.text(&error))")
        }
        self.archive = archive
        self.source = source
    }

    deinit { zip_discard(archive) }

    /// What the directory states of each member.
    func members() throws -> [ZipArchive.Member] {
        try (0..<UInt64(max(0, zip_get_num_entries(archive, 0)))).map { index in
            var status = zip_stat_t()
            let needed =
                UInt64(ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE)
                | UInt64(ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD)
            guard zip_stat_index(archive, index, 0, &status) == 0, status.valid & needed == needed,
                let name = status.name.flatMap({ String(validatingCString: $0) }),
                let byteCount = Int(exactly: status.size),
                let storedByteCount = Int(exactly: status.comp_size)
            else {
                throw HingeError(.badData, "entry \(index) of the archive's directory is damaged")
            }
            let method: ZipArchive.Method =
                switch Int32(status.comp_method) {
                case ZIP_CM_STORE: .stored
                case ZIP_CM_DEFLATE: .deflated
                case let other: .other(Int(other))
                }
            return ZipArchive.Member(
                name: name, byteCount: byteCount, storedByteCount: storedByteCount, method: method,
                index: index,
                isEncrypted: Int32(status.encryption_method) != ZIP_EM_NONE)
        }
    }

    /// Reads a member to its end, where libzip compares the checksum.
    ///
    /// - Parameter content: takes the bytes, as many as the directory states; `nil` to drop them.
    func read(_ member: ZipArchive.Member, into content: MemoryRegion?) throws {
        guard let file = zip_fopen_index(archive, member.index, 0) else { throw failure() }
        defer { zip_fclose(file) }
        let scratch = content == nil ? try MemoryRegion(allocating: 1 << 16) : nil
        defer { withExtendedLifetime((content, scratch)) {} }
        var position = 0
        while position < member.byteCount {
            let rest = member.byteCount - position
            let target = content.map { $0.base + position } ?? scratch?.base
            let room = min(rest, scratch?.byteCount ?? rest)
            let count = zip_fread(file, target, UInt64(room))
            guard count > 0 else {
                throw HingeError(
                    .badData,
                    count == 0
                        ? "expected \(member.byteCount) bytes, found \(position)"
                        : "cannot read the member: \(Self.text(zip_file_get_error(file)))")
            }
            position += Int(count)
        }
        var more: UInt8 = 0
        let count = zip_fread(file, &more, 1)
        guard count == 0 else {
            throw HingeError(
                .badData,
                count > 0
                    ? "expected \(member.byteCount) bytes, found more"
                    : "cannot read the member: \(Self.text(zip_file_get_error(file)))")
        }
    }

    /// Where in the file the content of a member begins that is stored as it is.
    ///
    /// libzip doesn't tell, but it shows when it reads the first byte.
    ///
    /// - Precondition: the member is not empty.
    func offset(of member: ZipArchive.Member) throws -> Int {
        guard let file = zip_fopen_index(archive, member.index, UInt32(ZIP_FL_COMPRESSED)) else {
            throw failure()
        }
        defer { zip_fclose(file) }
        source.nextReadOffset = nil
        var byte: UInt8 = 0
        guard zip_fread(file, &byte, 1) == 1, let offset = source.nextReadOffset else {
            throw HingeError(.badData, "cannot find the member in the file")
        }
        return offset
    }

    private func failure() -> HingeError {
        HingeError(.badData, "cannot read the member: \(Self.text(zip_get_error(archive)))")
    }

    private static func text(_ error: UnsafeMutablePointer<zip_error_t>?) -> String {
        error.flatMap { zip_error_strerror($0) }.map { String(cString: $0) } ?? "no reason given"
    }
}

/// A region of memory as libzip reads it.
private final class ZipSource {
    private let region: MemoryRegion
    private var position = 0
    private var error = zip_error_t()
    /// Where the first read after this was set to `nil` began.
    var nextReadOffset: Int?

    init(_ region: MemoryRegion) {
        self.region = region
        zip_error_init(&error)
    }

    deinit { zip_error_fini(&error) }

    static let callback: zip_source_callback = { context, data, byteCount, command in
        guard let context else { return -1 }
        let source = Unmanaged<ZipSource>.fromOpaque(context)
        if command == ZIP_SOURCE_FREE {
            source.release()
            return 0
        }
        return source.takeUnretainedValue().answer(command, data, byteCount)
    }

    private func answer(
        _ command: zip_source_cmd_t, _ data: UnsafeMutableRawPointer?, _ byteCount: UInt64
    ) -> Int64 {
        switch command {
        case ZIP_SOURCE_OPEN:
            position = 0
            return 0
        case ZIP_SOURCE_READ:
            if nextReadOffset == nil { nextReadOffset = position }
            let count = min(region.byteCount - position, Int(clamping: byteCount))
            guard let data, count > 0 else { return 0 }
            data.copyMemory(from: region.base + position, byteCount: count)
            position += count
            return Int64(count)
        case ZIP_SOURCE_CLOSE:
            return 0
        case ZIP_SOURCE_STAT:
            guard let data, byteCount >= MemoryLayout<zip_stat_t>.size else { return -1 }
            let status = data.assumingMemoryBound(to: zip_stat_t.self)
            zip_stat_init(status)
            status.pointee.size = UInt64(region.byteCount)
            status.pointee.valid |= UInt64(ZIP_STAT_SIZE)
            return Int64(MemoryLayout<zip_stat_t>.size)
        case ZIP_SOURCE_ERROR:
            return zip_error_to_data(&error, data, byteCount)
        case ZIP_SOURCE_SEEK:
            guard let data else { return -1 }
            let target = zip_source_seek_compute_offset(
                UInt64(position), UInt64(region.byteCount), data, byteCount, &error)
            guard target >= 0 else { return -1 }
            position = Int(target)
            return 0
        case ZIP_SOURCE_TELL:
            return Int64(position)
        case ZIP_SOURCE_SUPPORTS:
            return Self.supported.reduce(0) { $0 | 1 << Int64($1.rawValue) }
        default:
            zip_error_set(&error, ZIP_ER_OPNOTSUPP, 0)
            return -1
        }
    }

    private static let supported = [
        ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
        ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS,
    ]
}
