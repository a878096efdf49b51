@preconcurrency import Foundation
import Hinge

#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#endif

/// The process's standard input, output and error, which whoever starts it may have closed, or may close.
enum StandardStreams {
    /// Makes failing writes fail, rather than end the process, and takes care that no file that is opened later
    /// becomes a standard stream.
    static func prepare() {
        // A reader that goes away, and a limit on the size of files, are errors of a write.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(descriptor, F_GETFD) == -1 {
            // Opened the wrong way round, it keeps its number taken, and using it is still an error.
            let flags = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY
            guard open("/dev/null", flags) == descriptor else { return }
        }
    }

    /// Sees that what was printed has arrived.
    ///
    /// - Parameter status: The exit status so far.
    /// - Returns: The exit status. A reader that has seen enough and gone is no error.
    static func finish(_ status: Int32) -> Int32 {
        #if os(Linux)
            guard let output = stdout else { return status }
        #else
            let output = stdout
        #endif
        let earlier = ferror(output) != 0
        let isFlushed = fflush(output) == 0
        let reason = errno
        guard earlier || !isFlushed else { return status }
        if !isFlushed && reason == EPIPE || isReaderGone { return status }
        let text = isFlushed ? "" : ": \(String(cString: strerror(reason)))"
        StandardError.print("hinge: cannot write to standard output\(text)")
        return status == EX_OK ? EX_IOERR : status
    }

    /// From now on, what is printed goes to standard error: the output has been given to standard output.
    static func printToStandardError() {
        fflush(nil)
        dup2(STDERR_FILENO, STDOUT_FILENO)
    }

    private static var isReaderGone: Bool {
        var state = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&state, 1, 0) == 1 && state.revents & Int16(POLLERR) != 0
    }
}

/// Writes messages where they don't mix with results.
enum StandardError {
    /// Writes a line.
    static func print(_ text: String) { write(text + "\n") }

    /// Writes a text; that it can't be written is nothing to tell anybody.
    static func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                #if canImport(Darwin)
                    Darwin.write(STDERR_FILENO, $0.baseAddress, $0.count)
                #elseif canImport(Glibc)
                    Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count)
                #else
                    Musl.write(STDERR_FILENO, $0.baseAddress, $0.count)
                #endif
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
