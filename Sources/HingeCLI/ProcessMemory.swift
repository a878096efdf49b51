import Foundation

/// How much memory the process uses.
enum ProcessMemory {
    /// The most memory that the process has had resident at one time, in bytes.
    ///
    /// On Linux, `getrusage` counts what the process that started this one had, too: what the kernel says of this
    /// program's own memory is asked for there, and `getrusage` only where it isn't said.
    static func peakByteCount() -> Int { status("VmHWM") ?? usage() }

    /// The memory that the process has resident now, in bytes; `nil` where the system doesn't say.
    static func currentByteCount() -> Int? { status("VmRSS") }

    private static func status(_ field: String) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
            return nil
        }
        for line in text.split(separator: "\n") where line.hasPrefix(field + ":") {
            let words = line.split(whereSeparator: \.isWhitespace)
            return words.count == 3 && words[2] == "kB" ? Int(words[1]).map { $0 * 1024 } : nil
        }
        return nil
    }

    private static func usage() -> Int {
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss * 1024
        #endif
    }
}
