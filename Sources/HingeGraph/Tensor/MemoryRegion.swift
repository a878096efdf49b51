#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A region of memory that lives as long as somebody refers to it.
///
/// It is owned memory, a part of a memory-mapped file, or memory that another object owns. It never
/// moves. Regions are shared between tensors; whoever writes must hold the only reference, which
/// ``Tensor`` sees to (copy on write).
package final class MemoryRegion: @unchecked Sendable {
    /// The first byte.
    package let base: UnsafeMutableRawPointer
    /// The number of bytes.
    package let byteCount: Int
    /// Whether the memory may be written by the holder of the only reference.
    package let isWritable: Bool
    private let owner: AnyObject?
    private let isOwned: Bool
    /// Whether the memory is that of a mapped file, which the system can read again at any time.
    package let isFile: Bool

    /// Allocates `byteCount` bytes, not initialised, aligned to 64 bytes, if there is room.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is none.
    package init(allocating byteCount: Int) throws {
        try MemoryLimit.take(byteCount)
        guard let memory = MemoryRegion.allocate(byteCount) else {
            MemoryLimit.give(byteCount)
            throw HingeError(.limit, "there is no memory for \(byteCount) bytes")
        }
        base = memory
        self.byteCount = byteCount
        isWritable = true
        owner = nil
        isOwned = true
        isFile = false
    }

    /// Memory of a number of bytes, not initialised.
    ///
    /// In large regions, pages are as large as the system has them: it gives them in fewer pieces, and the processor finds
    /// its way through them with fewer looks at its tables. What doesn't fill such a page has small ones.
    private static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        precondition(byteCount >= 0)
        let isLarge = byteCount >= 2 * largePage
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, isLarge ? largePage : 64, max(byteCount, 1)) == 0 else {
            return nil
        }
        #if os(Linux)
            if isLarge { madvise(memory, byteCount / largePage * largePage, MADV_HUGEPAGE) }
        #endif
        return memory
    }

    /// The size of a large page, in bytes.
    private static let largePage = 1 << 21

    /// Refers to `byteCount` bytes at `base`, which stay in place while `owner` lives.
    ///
    /// - Parameter isFile: Whether they are those of a mapped file.
    package init(
        borrowing base: UnsafeRawPointer, byteCount: Int, owner: AnyObject,
        isWritable: Bool = false, isFile: Bool = false
    ) {
        self.base = UnsafeMutableRawPointer(mutating: base)
        self.byteCount = byteCount
        self.isWritable = isWritable
        self.owner = owner
        isOwned = false
        self.isFile = isFile
    }

    /// Refers to a part of another region.
    ///
    /// - Precondition: the range lies inside `region`.
    package convenience init(_ region: MemoryRegion, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= region.byteCount)
        self.init(
            borrowing: region.base + range.lowerBound, byteCount: range.count, owner: region,
            isFile: region.isFile)
    }

    /// Allocates a region that holds a copy of bytes that the program made itself.
    ///
    /// Like an array, it ends the process when there is no memory: what a file holds goes through
    /// ``init(duplicating:)``.
    package convenience init(copying bytes: some Collection<UInt8>) {
        self.init(sizedAs: bytes.count)
        UnsafeMutableRawBufferPointer(start: base, count: byteCount).copyBytes(from: bytes)
    }

    /// Allocates a region that holds a copy of an array's elements.
    ///
    /// Like an array, it ends the process when there is no memory.
    convenience init(elements: UnsafeRawBufferPointer) {
        self.init(sizedAs: elements.count)
        UnsafeMutableRawBufferPointer(start: base, count: byteCount).copyMemory(from: elements)
    }

    /// Allocates a region that holds a copy of the given bytes, if there is room.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is none.
    package convenience init(duplicating bytes: UnsafeRawBufferPointer) throws {
        try self.init(allocating: bytes.count)
        UnsafeMutableRawBufferPointer(start: base, count: byteCount).copyMemory(from: bytes)
    }

    /// Allocates memory for data that is in hand, aligned to 64 bytes.
    private init(sizedAs byteCount: Int) {
        guard let memory = MemoryRegion.allocate(byteCount) else {
            fatalError("no memory for \(byteCount) bytes")
        }
        MemoryLimit.note(byteCount)
        base = memory
        self.byteCount = byteCount
        isWritable = true
        owner = nil
        isOwned = true
        isFile = false
    }

    /// A region without bytes.
    package static let empty = MemoryRegion(copying: [])

    deinit {
        guard isOwned else { return }
        free(base)
        MemoryLimit.give(byteCount)
    }

    /// Gives the system back the whole pages of a mapped file that the region lies in; whoever reads them makes it read
    /// them again.
    package func releasePages() {
        guard isFile else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let start = (Int(bitPattern: base) + page - 1) / page * page
        let end = (Int(bitPattern: base) + byteCount) / page * page
        guard end > start, let first = UnsafeMutableRawPointer(bitPattern: start) else { return }
        madvise(first, end - start, MADV_DONTNEED)
    }

    /// The bytes.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: byteCount)
    }
}
