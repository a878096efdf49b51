import Synchronization

/// What had to be guessed about the files that a command reads.
final class WarningLog: Sendable {
    /// Something that had to be guessed.
    struct Entry: Encodable {
        let file: String
        let message: String
    }

    private let list = Mutex<[Entry]>([])

    /// The warnings so far.
    var entries: [Entry] { list.withLock { $0 } }

    /// Says on the standard error what had to be guessed about a file, and keeps it.
    func warn(_ warnings: [String], of path: String) {
        for warning in warnings {
            StandardError.print("hinge: warning: \(path): \(warning)")
            list.withLock { $0.append(Entry(file: path, message: warning)) }
        }
    }
}
