#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Calls `body` with memory for a number of elements, not initialised, aligned to 64 bytes.
///
/// It is the calling thread's, which keeps it for the next call: kernels that run again and again take none from the
/// system.
///
/// - Precondition: `Element` is trivial, as numbers are.
@inline(__always)
func withTemporaryMemory<Element, Result>(
    of type: Element.Type, capacity: Int,
    _ body: (UnsafeMutableBufferPointer<Element>) throws -> Result
) rethrows -> Result {
    let memory = TemporaryMemory.take(max(capacity, 1) * MemoryLayout<Element>.stride)
    defer { memory.give() }
    return try body(
        UnsafeMutableBufferPointer(
            start: memory.base.assumingMemoryBound(to: Element.self), count: capacity))
}

/// Calls `body` with a number of bytes, as ``withTemporaryMemory(of:capacity:_:)`` does.
@inline(__always)
func withTemporaryMemory<Result>(
    byteCount: Int, _ body: (UnsafeMutableRawPointer) throws -> Result
) rethrows -> Result {
    let memory = TemporaryMemory.take(byteCount)
    defer { memory.give() }
    return try body(memory.base)
}

/// A piece of the calling thread's memory, to be given back in the reverse order.
struct TemporaryMemory {
    /// The first byte.
    let base: UnsafeMutableRawPointer
    private let byteCount: Int
    private let stack: UnsafeMutablePointer<ThreadStack>
    /// Whether the memory is a piece of its own, since there wasn't enough left.
    private let isOwn: Bool

    fileprivate static let alignment = 64

    static func take(_ byteCount: Int) -> TemporaryMemory {
        let padded = (max(byteCount, 1) + alignment - 1) / alignment * alignment
        let stack = ThreadStack.current
        let used = stack.pointee.used
        stack.pointee.used = used + padded
        stack.pointee.most = max(stack.pointee.most, used + padded)
        let isOwn = used + padded > stack.pointee.capacity
        let base =
            isOwn
            ? UnsafeMutableRawPointer.allocate(byteCount: padded, alignment: alignment)
            : stack.pointee.base + used
        return TemporaryMemory(base: base, byteCount: padded, stack: stack, isOwn: isOwn)
    }

    func give() {
        if isOwn { base.deallocate() }
        stack.pointee.used -= byteCount
        if isOwn, stack.pointee.used == 0 { stack.pointee.grow() }
    }
}

/// What a thread keeps between kernels: the memory that they use on it, piece on piece.
struct ThreadStack {
    fileprivate var base: UnsafeMutableRawPointer
    fileprivate var capacity: Int
    /// The bytes of all pieces that are in use, those of their own included.
    fileprivate var used = 0
    /// The most bytes that were in use at a time.
    fileprivate var most = 0
    /// Whether the thread works on a part of something, and so cuts nothing up itself.
    var isSharing = false

    /// What a thread begins with.
    private static let leastCapacity = 1 << 14
    /// The most that a thread keeps: a kernel that needs more works for so long that an allocation is nothing beside it.
    private static let mostCapacity = 1 << 20

    private init(capacity: Int) {
        base = .allocate(byteCount: capacity, alignment: TemporaryMemory.alignment)
        self.capacity = capacity
    }

    /// Makes room for what was needed, while nothing is in use.
    fileprivate mutating func grow() {
        let wanted = min(most, ThreadStack.mostCapacity)
        guard wanted > capacity else { return }
        base.deallocate()
        base = .allocate(byteCount: wanted, alignment: TemporaryMemory.alignment)
        capacity = wanted
    }

    /// Where threads have theirs; the system calls for its end with each of them.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key) { stack in
            #if canImport(Darwin)
                let stack: UnsafeMutableRawPointer? = stack
            #endif
            guard let stack = stack?.assumingMemoryBound(to: ThreadStack.self) else { return }
            stack.pointee.base.deallocate()
            stack.deallocate()
        }
        precondition(status == 0, "there is no key left for a thread's memory")
        return key
    }()

    /// That of the calling thread.
    static var current: UnsafeMutablePointer<ThreadStack> {
        if let known = pthread_getspecific(key) {
            return known.assumingMemoryBound(to: ThreadStack.self)
        }
        let made = UnsafeMutablePointer<ThreadStack>.allocate(capacity: 1)
        made.initialize(to: ThreadStack(capacity: leastCapacity))
        pthread_setspecific(key, made)
        return made
    }
}
