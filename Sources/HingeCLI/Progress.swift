import Foundation

/// Tells a person at a terminal what takes long: a line on standard error, from one second on.
final class Progress: @unchecked Sendable {
    private let isOn: Bool
    private let lock = NSLock()
    private var current: String?
    private var isShown = false

    /// Creates a reporter; silent when asked to be, or when nobody is at a terminal.
    init(quiet: Bool) {
        isOn = !quiet && isatty(STDERR_FILENO) == 1
    }

    /// Says what goes on from now on.
    func update(_ text: String) {
        guard isOn else { return }
        lock.withLock {
            current = text
            if isShown { show(text) }
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + 1) { [weak self] in
            guard let self else { return }
            self.lock.withLock {
                if self.current == text, !self.isShown { self.show(text) }
            }
        }
    }

    /// Clears the line.
    func finish() {
        guard isOn else { return }
        lock.withLock {
            current = nil
            if isShown { write("\r\u{1B}[K") }
            isShown = false
        }
    }

    private func show(_ text: String) {
        isShown = true
        write("\r\u{1B}[K\(text.printable) …")
    }

    private func write(_ text: String) {
        StandardError.write(text)
    }
}
