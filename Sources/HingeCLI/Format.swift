import Foundation

/// Numbers as people read them.
enum Format {
    /// A count with separators: `1,437`.
    static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var groups: [Substring] = []
        var rest = digits[...]
        while rest.count > 3 {
            groups.insert(rest.suffix(3), at: 0)
            rest = rest.dropLast(3)
        }
        groups.insert(rest, at: 0)
        return (number < 0 ? "-" : "") + groups.joined(separator: ",")
    }

    /// A size: `1.4 MB`.
    static func bytes(_ number: Int) -> String {
        let units = ["bytes", "kB", "MB", "GB", "TB"]
        var value = Double(number)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(number) bytes" : String(format: "%.1f %@", value, units[unit])
    }

    /// A small number with three significant digits: `1.25e-07`; 0 is `0`.
    static func error(_ number: Double) -> String {
        number == 0 ? "0" : String(format: "%.2e", number)
    }

    /// A number with four significant digits.
    static func number(_ number: Double?) -> String {
        guard let number else { return "–" }
        return number == number.rounded() && abs(number) < 1e6
            ? String(format: "%.0f", number) : String(format: "%.4g", number)
    }

    /// A time with what tells two runs apart: `12.345 ms`.
    static func duration(_ seconds: Double) -> String {
        if seconds < 1e-3 { return String(format: "%.1f µs", seconds * 1e6) }
        return seconds < 1
            ? String(format: "%.3f ms", seconds * 1e3) : String(format: "%.3f s", seconds)
    }

    /// A time: `12.3 ms`.
    static func time(_ seconds: Double) -> String {
        if seconds < 1e-3 { return String(format: "%.0f µs", seconds * 1e6) }
        return seconds < 1
            ? String(format: "%.1f ms", seconds * 1e3) : String(format: "%.2f s", seconds)
    }
}
