import Dispatch
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Calls `body` with ranges that cover `0..<count`, each number once, on all threads that the run may take.
///
/// How many ranges there are depends on the number of threads: what `body` does with a number must not depend on the
/// range that it comes in. Inside another call, and where there is too little work to share, there is one range, on
/// the calling thread.
///
/// - Parameters:
///   - count: The number of items.
///   - cost: The work of one item, counted in additions to an array's elements: about a fifth of a nanosecond each.
///   - body: Does the items of a range. Several threads call it at the same time.
/// - Throws: What `body` throws; of several errors, that of the first range. Ranges not begun by then are left out.
package func parallelFor<Failure: Error>(
    _ count: Int, cost: Int, _ body: (Range<Int>) throws(Failure) -> Void
) throws(Failure) {
    guard count > 0 else { return }
    let (work, overflow) = count.multipliedReportingOverflow(by: max(cost, 1))
    let grains = overflow ? Int.max : work / ThreadTeam.grain
    guard count > 1, grains > 1, !ThreadStack.current.pointee.isSharing else {
        return try body(0..<count)
    }
    let team = ThreadTeam.current ?? .processors
    guard team.count > 1 else { return try body(0..<count) }
    try team.share(min(count, grains, team.count * ThreadTeam.partsPerThread), of: count, body)
}

/// The threads that the work of a run may take, the one that runs it included.
package struct ThreadTeam: Sendable {
    /// The number of threads.
    package let count: Int
    private let perform: Performer

    /// Calls a function on up to `count` threads at the same time, at least once, and returns when all calls have returned.
    package typealias Performer = @Sendable (_ count: Int, _ work: @Sendable () -> Void) -> Void

    /// Creates a team; by default its threads are those of Dispatch.
    package init(
        count: Int,
        perform: @escaping Performer = { count, work in
            DispatchQueue.concurrentPerform(iterations: count) { _ in work() }
        }
    ) {
        self.count = max(count, 1)
        self.perform = perform
    }

    /// The team of the run that the calling thread belongs to; `nil` for ``processors``.
    @TaskLocal package static var current: ThreadTeam?

    /// As many threads as there are processors.
    package static let processors = ThreadTeam(count: sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// The work that is worth the waking of a thread, about 15 µs.
    fileprivate static let grain = 1 << 16
    /// The parts that the work is cut into for each thread, so that one that is late holds nobody up.
    fileprivate static let partsPerThread = 4

    /// Cuts `0..<count` into parts, which the threads take in order.
    fileprivate func share<Failure: Error>(
        _ parts: Int, of count: Int, _ body: (Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        let (size, rest) = count.quotientAndRemainder(dividingBy: parts)
        // Whatever makes the threads: what one has written before it takes a part, or finds none, all see that do so later.
        let next = Atomic(0)
        let failure = Mutex<(part: Int, error: Failure)?>(nil)
        @Sendable func work(_ body: (Range<Int>) throws(Failure) -> Void) {
            while true {
                let part = next.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
                guard part < parts else { return }
                let start = part * size + min(part, rest)
                do throws(Failure) {
                    try body(start..<start + size + (part < rest ? 1 : 0))
                } catch {
                    _ = next.max(parts, ordering: .acquiringAndReleasing)
                    failure.withLock { known in
                        if known.map({ part < $0.part }) ?? true { known = (part, error) }
                    }
                    return
                }
            }
        }
        withoutActuallyEscaping(body) { body in
            // Whoever calls `parallelFor` answers for what several threads do at the same time.
            nonisolated(unsafe) let body = body
            next.store(0, ordering: .releasing)
            perform(min(self.count, parts)) {
                let thread = ThreadStack.current
                thread.pointee.isSharing = true
                defer { thread.pointee.isSharing = false }
                work(body)
            }
            _ = next.load(ordering: .acquiring)
        }
        if let error = failure.withLock({ $0?.error }) { throw error }
    }
}
