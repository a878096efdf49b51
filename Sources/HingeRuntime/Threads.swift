import Dispatch
import HingeOperators

#if OneDNN
    internal import COneDNN
#endif

/// The threads that runs take, our own kernels and oneDNN's primitives alike.
///
/// oneDNN takes its threads from the runtime that it was built with. With OpenMP, which Debian's and
/// Homebrew's builds use, the number belongs to the calling thread: it is set before a run and set back after it,
/// so that sessions with different numbers don't disturb each other or their caller. With any other runtime
/// (TBB, a thread pool) oneDNN can't be told from here, and the option has no effect on it.
enum Threads {
    /// Runs `body` with the given number of threads; `nil` leaves it as it is.
    static func with<Result>(_ count: Int?, _ body: () throws -> Result) rethrows -> Result {
        guard let count else { return try body() }
        return try ThreadTeam.$current.withValue(ThreadTeam(count: count)) {
            try withLibrary(count, body)
        }
    }

    /// Runs `body` with the given number of threads; with `nil`, with all of them when its turn comes.
    ///
    /// Two runs at once that each take all threads are slower than one after the other: threads wait for those that the
    /// system has taken the processor from. So they take turns. A run inside of another, which has the turn, doesn't wait
    /// for it, and none waits for longer than a second.
    static func inTurn<Result>(_ count: Int?, _ body: () throws -> Result) rethrows -> Result {
        guard count == nil, !isInTurn else { return try with(count, body) }
        let isTaken = turn.wait(timeout: .now() + 1) == .success
        defer { if isTaken { turn.signal() } }
        return try $isInTurn.withValue(true) { try with(nil, body) }
    }

    /// Whether the calling thread is in a run that takes all threads.
    @TaskLocal private static var isInTurn = false
    private static let turn = DispatchSemaphore(value: 1)

    private static func withLibrary<Result>(
        _ count: Int, _ body: () throws -> Result
    ) rethrows -> Result {
        #if OneDNN
            guard let get = library.get, let set = library.set else { return try body() }
            let wanted = Int32(clamping: max(1, count))
            let before = get()
            guard before > 0, before != wanted else { return try body() }
            set(wanted)
            defer { set(before) }
        #endif
        return try body()
    }

    #if OneDNN
        /// The functions of the library's threads, looked for once.
        private static let library = dnn_find_openmp()
    #endif
}
