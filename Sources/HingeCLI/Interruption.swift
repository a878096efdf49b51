import Foundation
import Hinge

/// What happens when the process is told to end: half-written files go, then it ends as it would have.
enum Interruption {
    private static let signals = [SIGHUP, SIGINT, SIGTERM]

    /// Takes the signals over.
    ///
    /// To be called before there are other threads: they inherit that the signals are blocked.
    static func handle() {
        var set = sigset_t()
        sigemptyset(&set)
        for number in signals where !isIgnored(number) { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let awaited = set
        Thread.detachNewThread {
            var set = awaited
            var number: Int32 = 0
            while sigwait(&set, &number) != 0 {}
            TemporaryFiles.removeAll { end(number) }
        }
    }

    /// Whether whoever started the process wants it to survive the signal, as `nohup` does.
    private static func isIgnored(_ number: Int32) -> Bool {
        let previous = signal(number, SIG_DFL)
        let isIgnored =
            unsafeBitCast(previous, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        if isIgnored { signal(number, SIG_IGN) }
        return isIgnored
    }

    private static func end(_ number: Int32) -> Never {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        kill(getpid(), number)
        // Not reached, unless another thread takes the signal a moment later.
        sleep(1)
        _exit(128 + number)
    }
}
