/// A region of memory that lives as long as somebody refers to it.
///
/// It is owned memory, a part of a memory-mapped file, or memory that another object owns. It never
/// moves. Regions are shared between tensors; whoever writes must hold the only reference, which
/// ``Tensor`` sees to (copy on write).
public final class MemoryRegion: @unchecked Sendable {
    /// The first byte.
    package let base: UnsafeMutableRawPointer
    /// The number of bytes.
    public let byteCount: Int
    /// Whether the memory may be written by the holder of the only reference.
    package let isWritable: Bool
    private let owner: AnyObject?
    private let isOwned: Bool

    /// Allocates `byteCount` bytes, not initialised, aligned to 64 bytes.
    package init(byteCount: Int) {
        precondition(byteCount >= 0)
        base = .allocate(byteCount: max(byteCount, 1), alignment: 64)
        self.byteCount = byteCount
        isWritable = true
        owner = nil
        isOwned = true
    }

    /// Refers to `byteCount` bytes at `base`, which stay in place while `owner` lives.
    package init(
        borrowing base: UnsafeRawPointer, byteCount: Int, owner: AnyObject, isWritable: Bool = false
    ) {
        self.base = UnsafeMutableRawPointer(mutating: base)
        self.byteCount = byteCount
        self.isWritable = isWritable
        self.owner = owner
        isOwned = false
    }

    /// Refers to a part of another region.
    ///
    /// - Precondition: the range lies inside `region`.
    package convenience init(_ region: MemoryRegion, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= region.byteCount)
        self.init(
            borrowing: region.base + range.lowerBound, byteCount: range.count, owner: region)
    }

    /// Allocates a region that holds a copy of the given bytes.
    package convenience init(copying bytes: some Collection<UInt8>) {
        self.init(byteCount: bytes.count)
        UnsafeMutableRawBufferPointer(start: base, count: byteCount).copyBytes(from: bytes)
    }

    deinit {
        if isOwned { base.deallocate() }
    }

    /// The bytes.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: byteCount)
    }
}
