import Foundation
import Hinge

/// Writes what came of tests as continuous integration reads it.
///
/// Source: the XML of Ant's JUnit task: a `testsuite` of `testcase` elements, each with a `failure` or an `error`.
enum JUnitReport {
    static func write(_ summary: TestSummary, to path: String) throws {
        let results = summary.results
        let failures = results.count { isFailure($0) }
        let errors = results.count { !$0.isPassed && !isFailure($0) }
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        let figures =
            "tests=\"\(results.count)\" failures=\"\(failures)\" errors=\"\(errors)\" "
            + "time=\"\(time(summary.seconds))\""
        text += "<testsuites \(figures)>\n<testsuite name=\"hinge\" \(figures)>\n"
        for result in results {
            let parts = result.name.split(separator: "/")
            let name = parts.last.map(String.init) ?? result.name
            let group = parts.dropLast().joined(separator: ".")
            text +=
                "<testcase classname=\"\(escaped(group.isEmpty ? "hinge" : group))\" "
                + "name=\"\(escaped(name))\" time=\"\(time(result.seconds))\""
            guard !result.isPassed else {
                text += "/>\n"
                continue
            }
            let element = isFailure(result) ? "failure" : "error"
            text +=
                ">\n<\(element) type=\"\(result.outcome.verdict.rawValue)\" "
                + "message=\"\(escaped(result.message))\"/>\n</testcase>\n"
        }
        text += "</testsuite>\n</testsuites>\n"
        try Array(text.utf8).withUnsafeBytes { try AtomicFile.write([$0], to: path) }
    }

    /// Whether outputs differ; what can't be run is an error.
    private static func isFailure(_ result: TestResult) -> Bool {
        result.outcome.verdict == .different || result.inferred == .wrong
    }

    private static func time(_ seconds: Double) -> String { String(format: "%.3f", seconds) }

    /// The text of an attribute, without the control characters that XML has no way to write.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.printable.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
