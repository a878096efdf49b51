import Foundation

/// Prints what people read.
///
/// Names in files are anybody's text: a terminal must not take them for commands.
enum Terminal {
    /// Prints lines; control characters other than the ends of lines are escaped.
    static func print(_ text: String) {
        Swift.print(text.printableLines)
    }
}

extension String {
    /// The text on one line, with control characters escaped: `\u{1B}`.
    var printable: String { escaping(\.isControl) }

    /// The text with control characters other than the ends of lines escaped.
    var printableLines: String { escaping { $0.isControl && $0 != "\n" } }

    /// The text with the scalars that are to be escaped written as Swift and JSON write them.
    fileprivate func escaping(_ isEscaped: (Unicode.Scalar) -> Bool) -> String {
        guard unicodeScalars.contains(where: isEscaped) else { return self }
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            guard isEscaped(scalar) else {
                result.append(scalar)
                continue
            }
            let code = String(scalar.value, radix: 16, uppercase: true)
            result.append(contentsOf: "\\u{\(code)}".unicodeScalars)
        }
        return String(result)
    }

    /// JSON text in which control characters stand only as escapes, which it allows inside of strings alone.
    var printableJSON: String {
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            guard scalar.isControl, scalar != "\n" else {
                result.append(scalar)
                continue
            }
            for unit in Character(scalar).utf16 {
                let code = String(unit, radix: 16)
                let zeros = String(repeating: "0", count: 4 - code.count)
                result.append(contentsOf: "\\u\(zeros)\(code)".unicodeScalars)
            }
        }
        return String(result)
    }
}

extension Unicode.Scalar {
    /// Whether a terminal may take the scalar for a command, or show other text in another order or not at all:
    /// control and format characters, and the ends of lines and paragraphs.
    fileprivate var isControl: Bool {
        if isASCII { return value < 0x20 || value == 0x7F }
        return switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        // The joiners inside of emoji and of some scripts do no harm.
        case .format: value != 0x200D && value != 0x200C
        default: false
        }
    }
}
