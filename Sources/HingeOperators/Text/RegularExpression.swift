internal import CRE2
import HingeGraph

/// A compiled regular expression in the syntax of RE2.
///
/// Compiling and matching take bounded memory, and matching takes time linear in the text, whatever the expression.
///
/// Source: <https://github.com/google/re2/wiki/Syntax>.
final class RegularExpression: @unchecked Sendable {
    // RE2 allows matching on several threads, and nothing else happens after the initializer.
    private let expression: OpaquePointer

    /// Compiles an expression.
    ///
    /// - Throws: ``HingeError`` when it isn't one, or needs too much memory.
    init(_ pattern: String) throws {
        var bytes = Array(pattern.utf8)
        bytes.append(0)
        let created = bytes.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.flatMap {
                hinge_regex_create(
                    UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self), bytes.count - 1)
            }
        }
        guard let created else {
            throw HingeError(.limit, "there is no memory for a regular expression")
        }
        expression = created
        if let message = hinge_regex_error(created) {
            throw HingeError(
                .badData,
                "expected a regular expression of RE2, found '\(pattern)': \(String(cString: message))",
                at: [.attribute("pattern")])
        }
    }

    deinit { hinge_regex_destroy(expression) }

    /// Whether a text matches as a whole.
    func matches(_ text: ByteString) -> Bool {
        text.bytes.withUnsafeBytes { bytes in
            hinge_regex_full_match(
                expression, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
    }
}
