import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The files that must not outlive an output that isn't finished.
///
/// Whoever creates such a file takes it away again, or puts it in place. A process that is told to end calls
/// ``removeAll(_:)``, which no creation and no renaming can overtake.
package enum TemporaryFiles {
    private static let paths = Mutex<Set<String>>([])

    /// Creates an empty file, and opens it for writing.
    ///
    /// - Returns: The descriptor; or -1, and why.
    static func create(_ path: String, mode: mode_t) -> (descriptor: Int32, error: Int32) {
        paths.withLock { paths in
            let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode)
            guard descriptor >= 0 else { return (-1, errno) }
            paths.insert(path)
            return (descriptor, 0)
        }
    }

    /// Creates an empty file of a name that no other has.
    ///
    /// The name is short whatever the output's is: that may be as long as a name can be.
    ///
    /// - Returns: The path; or why there is none.
    static func create(in folder: String, mode: mode_t) -> (path: String, error: Int32) {
        while true {
            let number = String(UInt64.random(in: 0...UInt64.max), radix: 36)
            let path = OutputPlace.join(folder, ".hinge-\(getpid())-\(number).tmp")
            let (descriptor, error) = create(path, mode: mode)
            if error == EEXIST { continue }
            if descriptor >= 0 { close(descriptor) }
            return (path, error)
        }
    }

    /// Puts a file in the place of another.
    ///
    /// From then on that file, and `others`, are no longer temporary.
    ///
    /// - Returns: 0, or why it can't be done.
    static func move(_ path: String, to target: String, keeping others: [String]) -> Int32 {
        paths.withLock { paths in
            guard rename(path, target) == 0 else { return errno }
            paths.remove(path)
            paths.subtract(others)
            return 0
        }
    }

    /// Removes a temporary file.
    package static func remove(_ path: String) {
        paths.withLock { paths in
            if paths.remove(path) != nil { unlink(path) }
        }
    }

    /// Removes every temporary file; nothing is created or put in place from then on.
    ///
    /// - Parameter end: Ends the process.
    package static func removeAll(_ end: () -> Never) -> Never {
        paths.withLock { paths in
            for path in paths { unlink(path) }
            end()
        }
    }
}
