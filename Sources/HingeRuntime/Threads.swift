import Foundation
import HingeGraph
import HingeOperators
import Synchronization

#if OneDNN
    internal import COneDNN
#endif

/// The threads that runs take, our own kernels and oneDNN's primitives alike.
///
/// oneDNN takes its threads from the runtime that it was built with. With OpenMP, which Debian's and
/// Homebrew's builds use, the number belongs to the calling thread: it is set before a run and set back after it,
/// so that sessions with different numbers don't disturb each other or their caller. With any other runtime
/// (TBB, a thread pool) oneDNN can't be told from here, and the option has no effect on it.
///
/// OpenMP also keeps threads for each thread that has ever called it. Once those are more than the processors, none of them
/// waits actively any more, and everything that takes several threads becomes several times as slow. So work for several
/// threads is called from one thread: that of the caller, as long as it is always the same one, else one of our own
/// (``Runner``).
enum Threads {
    /// Runs `body` with the given number of threads on the calling thread; `nil` leaves the library's as it is.
    static func with<Result>(_ count: Int?, _ body: () throws -> Result) rethrows -> Result {
        if count == nil, ThreadTeam.current != nil { return try body() }
        return try ThreadTeam.$current.withValue(team(of: count ?? libraryCount)) {
            try withLibrary(count, body)
        }
    }

    /// Makes a plan in `body` with the given number of threads; with `nil`, with all of them.
    static func compiling<Result>(
        _ count: Int?, _ body: () throws -> Result
    ) throws -> Result {
        if count == 1 || Runner.isCurrent { return try with(count, body) }
        if isShared.load(ordering: .relaxed) { return try Runner.run { try with(count, body) } }
        // Whoever makes a plan need not be who runs it.
        defer { release() }
        return try with(count, body)
    }

    /// Runs `body` with the given number of threads; with `nil`, with all of them when its turn comes.
    ///
    /// Two runs at once that each take all threads are slower than one after the other: threads wait for those that the
    /// system has taken the processor from. So they take turns. A run inside of another, which has the turn, doesn't wait
    /// for it, and none waits for longer than a second.
    static func running<Result>(
        _ count: Int?, _ body: () throws -> Result
    ) throws -> Result {
        if count == 1 || Runner.isCurrent { return try with(count, body) }
        guard count == nil, !isInTurn else { return try onOneThread(count, body) }
        let isTaken = turn.wait(timeout: .now() + 1) == .success
        defer { if isTaken { turn.signal() } }
        return try $isInTurn.withValue(true) { try onOneThread(nil, body) }
    }

    /// Runs `body` on the calling thread if no other has come so far, else on one of our own.
    private static func onOneThread<Result>(
        _ count: Int?, _ body: () throws -> Result
    ) throws -> Result {
        let isAlone = caller.withLock { caller in
            let this = ThreadID.current
            if caller.thread == nil { caller.thread = this }
            if caller.thread != this {
                isShared.store(true, ordering: .relaxed)
            } else if isShared.load(ordering: .relaxed), caller.hasThreads {
                // The first of several: what it has of OpenMP's threads goes.
                caller.hasThreads = false
                release()
            }
            return !isShared.load(ordering: .relaxed)
        }
        if isAlone { return try with(count, body) }
        return try Runner.run { try with(count, body) }
    }

    /// The first thread that called for several threads, and whether it may have some of OpenMP's.
    private static let caller = Mutex<(thread: ThreadID?, hasThreads: Bool)>((nil, true))
    /// Whether more than one thread has called for several threads.
    private static let isShared = Atomic(false)

    /// Whether the calling thread is in a run that takes all threads.
    @TaskLocal static var isInTurn = false
    private static let turn = DispatchSemaphore(value: 1)

    /// The threads that work for our own kernels: those of the library, which wait actively for a while after each of its
    /// primitives, and so would be in the way of others.
    ///
    /// - Parameter count: Their number; `nil` for all.
    private static func team(of count: Int?) -> ThreadTeam {
        let count = count ?? ThreadTeam.processors.count
        #if OneDNN
            guard count > 1, let parallel = library.parallel else {
                return ThreadTeam(count: count)
            }
            return ThreadTeam(count: count) { count, work in
                withoutActuallyEscaping(work) { work in
                    var work = Work(body: work)
                    parallel(
                        { $0?.assumingMemoryBound(to: Work.self).pointee.body() }, &work,
                        UInt32(clamping: count), 0)
                }
            }
        #else
            return ThreadTeam(count: count)
        #endif
    }

    /// What each thread does.
    private struct Work {
        let body: @Sendable () -> Void
    }

    static func withLibrary<Result>(
        _ count: Int?, _ body: () throws -> Result
    ) rethrows -> Result {
        #if OneDNN
            guard let count, let get = library.get, let set = library.set else {
                return try body()
            }
            let wanted = Int32(clamping: max(1, count))
            let before = get()
            guard before > 0, before != wanted else { return try body() }
            set(wanted)
            defer { set(before) }
        #endif
        return try body()
    }

    /// The number of threads that the library takes for work of the calling thread; `nil` if it can't be told.
    static var libraryCount: Int? {
        #if OneDNN
            library.get.map { Int($0()) }
        #else
            nil
        #endif
    }

    /// Lets the library's threads go that wait for the calling thread's next work.
    private static func release() {
        #if OneDNN
            dnn_release_threads(library)
        #endif
    }

    #if OneDNN
        /// The functions of the library's threads, looked for once.
        private static let library = dnn_find_openmp()
    #endif
}

/// What tells the calling thread from others that live.
private struct ThreadID: Equatable, Sendable {
    private let bits: UInt

    static var current: ThreadID {
        #if canImport(Darwin)
            ThreadID(bits: UInt(bitPattern: pthread_self()))
        #else
            ThreadID(bits: UInt(pthread_self()))
        #endif
    }
}
