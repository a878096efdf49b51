#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A regular file, mapped into memory to be read.
///
/// The mapping lives as long as the file or any tensor that points into it.
public final class MappedFile: Sendable {
    /// The path as it was given.
    public let path: String
    /// The file's bytes.
    package let region: MemoryRegion

    /// The size of the file in bytes.
    public var byteCount: Int { region.byteCount }

    /// Maps a file.
    ///
    /// - Throws: ``HingeError`` when it does not exist, is not a regular file, or can't be read.
    public init(path: String) throws {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw HingeError(.noInput, "cannot open the file: \(SystemError.text(errno))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw HingeError(.inputOutput, "cannot read the file: \(SystemError.text(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
            throw HingeError(.noInput, "expected a file, found \(kind)")
        }
        let byteCount = Int(status.st_size)
        guard byteCount > 0 else {
            region = .empty
            return
        }
        guard
            let base = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0),
            base != MAP_FAILED
        else {
            throw HingeError(.inputOutput, "cannot map the file: \(SystemError.text(errno))")
        }
        let mapping = Mapping(base: base, byteCount: byteCount)
        region = MemoryRegion(borrowing: base, byteCount: byteCount, owner: mapping, isFile: true)
    }

    /// Stands for a file at a path whose bytes are already in memory.
    package init(path: String, region: MemoryRegion) {
        self.path = path
        self.region = region
    }

    /// The folder that holds the file.
    public var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Whether the file has the given bytes at the given offset.
    public func has(_ bytes: [UInt8], at offset: Int = 0) -> Bool {
        guard offset >= 0, byteCount - bytes.count >= offset else { return false }
        return region.bytes[offset..<offset + bytes.count].elementsEqual(bytes)
    }

    /// Runs `body` with the file's bytes, which live no longer than that.
    public func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withExtendedLifetime(region) { try body(region.bytes) }
    }

    /// A tensor whose elements are in the file, little-endian and in row-major order.
    ///
    /// They are not copied; the file stays mapped as long as the tensor lives.
    ///
    /// - Parameters:
    ///   - dataType: The element type; sub-byte elements are packed, the first in the lowest bits.
    ///   - shape: The extent of each dimension.
    ///   - offset: Where the first element is, in bytes.
    /// - Throws: ``HingeError`` when the file ends before the last element, or the type has no fixed size.
    public func tensor(_ dataType: DataType, _ shape: [Int], at offset: Int) throws -> Tensor {
        let count = try Tensor.count(of: shape)
        guard let length = dataType.byteCount(ofElements: count) else {
            throw HingeError(.badData, "a \(dataType) tensor of shape \(shape) has no fixed size")
        }
        guard offset >= 0, length <= byteCount, offset <= byteCount - length else {
            throw HingeError(
                .badData,
                "expected \(length) bytes from \(offset) on, found a file of \(byteCount)")
        }
        return try Tensor(
            dataType: dataType, shape: shape,
            region: MemoryRegion(region, offset..<offset + length))
    }

    private final class Mapping: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        let byteCount: Int

        init(base: UnsafeMutableRawPointer, byteCount: Int) {
            self.base = base
            self.byteCount = byteCount
        }

        deinit { munmap(base, byteCount) }
    }
}

/// The system's own words for its error numbers.
package enum SystemError {
    /// The text for an error number.
    package static func text(_ number: Int32) -> String {
        String(cString: strerror(number))
    }
}
