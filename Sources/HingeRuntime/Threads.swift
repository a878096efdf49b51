import HingeOperators

#if OneDNN
    internal import COneDNN
#endif

/// The number of threads that a run uses, our own kernels and oneDNN's alike.
///
/// oneDNN takes its threads from the runtime that it was built with. With OpenMP, which Debian's and
/// Homebrew's builds use, the number belongs to the calling thread: it is set before a run and set back after it,
/// so that sessions with different numbers don't disturb each other or their caller. With any other runtime
/// (TBB, a thread pool) oneDNN can't be told from here, and the option has no effect on it.
enum Threads {
    /// Runs `body` with the given number of threads; `nil` leaves it to whoever makes them.
    static func with<Result>(_ count: Int?, _ body: () throws -> Result) rethrows -> Result {
        guard let count else { return try body() }
        return try ThreadTeam.$current.withValue(ThreadTeam(count: count)) {
            try withLibrary(count, body)
        }
    }

    private static func withLibrary<Result>(
        _ count: Int, _ body: () throws -> Result
    ) rethrows -> Result {
        #if OneDNN
            let wanted = Int32(clamping: max(1, count))
            guard let get = library.get, let set = library.set else { return try body() }
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
