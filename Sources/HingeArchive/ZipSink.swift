internal import CZip
import HingeGraph

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The file that libzip writes to.
///
/// Left to itself, libzip writes to a temporary file of its own, which a process that is told to end would leave
/// behind.
final class ZipSink {
    private let descriptor: Int32
    private var position: Int64 = 0
    /// Where the file ends so far.
    private var end: Int64 = 0
    private var error = zip_error_t()
    /// Why writing failed, as a number of the system's.
    private var failure: Int32 = 0

    /// Opens an existing file, to be written from its beginning.
    init(path: String) throws {
        descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw HingeError(
                .cannotCreate, "cannot open the file to write: \(SystemError.text(errno))")
        }
        zip_error_init(&error)
    }

    deinit {
        close(descriptor)
        zip_error_fini(&error)
    }

    /// The file as libzip's functions take it; it lives as long as they need it.
    func source(_ error: UnsafeMutablePointer<zip_error_t>) -> OpaquePointer? {
        let opaque = Unmanaged.passRetained(self)
        guard let source = zip_source_function_create(Self.callback, opaque.toOpaque(), error)
        else {
            opaque.release()
            return nil
        }
        return source
    }

    /// Writes the file of an archive without members, which libzip would rather remove.
    func writeEmptyArchive() {
        position = 0
        let end: [UInt8] = [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18)
        _ = end.withUnsafeBytes { write($0) }
    }

    /// Reports what could not be written, in the system's words.
    ///
    /// - Throws: ``HingeError`` when something could not be written.
    func check() throws {
        guard failure == 0 else {
            throw HingeError(
                .inputOutput, "cannot write the file: \(SystemError.text(failure))")
        }
    }

    private static let callback: zip_source_callback = { context, data, byteCount, command in
        guard let context else { return -1 }
        let sink = Unmanaged<ZipSink>.fromOpaque(context)
        if command == ZIP_SOURCE_FREE {
            sink.release()
            return 0
        }
        return sink.takeUnretainedValue().answer(command, data, byteCount)
    }

    private func answer(
        _ command: zip_source_cmd_t, _ data: UnsafeMutableRawPointer?, _ byteCount: UInt64
    ) -> Int64 {
        switch command {
        case ZIP_SOURCE_BEGIN_WRITE:
            (position, end) = (0, 0)
            return 0
        case ZIP_SOURCE_WRITE:
            return write(UnsafeRawBufferPointer(start: data, count: Int(clamping: byteCount)))
        case ZIP_SOURCE_SEEK_WRITE:
            guard let data else { return -1 }
            let target = zip_source_seek_compute_offset(
                UInt64(position), UInt64(end), data, byteCount, &error)
            guard target >= 0 else { return -1 }
            position = target
            return 0
        case ZIP_SOURCE_TELL_WRITE: return position
        case ZIP_SOURCE_STAT:
            // The file counts as not there, for its content is of no interest.
            zip_error_set(&error, ZIP_ER_READ, ENOENT)
            return -1
        case ZIP_SOURCE_ERROR: return zip_error_to_data(&error, data, byteCount)
        case ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE, ZIP_SOURCE_REMOVE: return 0
        case ZIP_SOURCE_SUPPORTS:
            return Self.supported.reduce(0) { $0 | 1 << Int64($1.rawValue) }
        default:
            zip_error_set(&error, ZIP_ER_OPNOTSUPP, 0)
            return -1
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        var rest = bytes[...]
        while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
            let count = pwrite(descriptor, start, rest.count, off_t(position))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                failure = count < 0 ? errno : EIO
                zip_error_set(&error, ZIP_ER_WRITE, failure)
                return -1
            }
            position += Int64(count)
            end = max(end, position)
            rest = rest.dropFirst(count)
        }
        return Int64(bytes.count)
    }

    private static let supported = [
        ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
        ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS,
        ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_WRITE, ZIP_SOURCE_SEEK_WRITE, ZIP_SOURCE_TELL_WRITE,
        ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE, ZIP_SOURCE_REMOVE,
    ]
}
