/// Writes JSON as Python's `json.dumps` does: one line, `", "` and `": "` between things,
/// characters beyond ASCII as escapes, `NaN` and the infinities as words.
package enum JSONWriter {
    /// The text of a value.
    package static func text(_ value: JSONValue) -> String {
        text(value, budget: .max)
    }

    /// The text of a value, cut off some time after `budget` characters.
    static func text(_ value: JSONValue, budget: Int) -> String {
        var writer = Writer(budget: budget)
        writer.write(value)
        return writer.text
    }

    private struct Writer {
        let budget: Int
        var text = ""

        mutating func write(_ value: JSONValue) {
            switch value {
            case .null: text += "null"
            case .bool(let value): text += value ? "true" : "false"
            case .integer(let value): text += String(value)
            case .number(let value): text += JSONWriter.text(value)
            case .string(let value): write(value)
            case .array(let values):
                text += "["
                for (index, value) in values.enumerated() where text.utf8.count < budget {
                    if index > 0 { text += ", " }
                    write(value)
                }
                text += "]"
            case .object(let object):
                text += "{"
                for (index, member) in object.members.enumerated()
                where text.utf8.count < budget {
                    if index > 0 { text += ", " }
                    write(member.key)
                    text += ": "
                    write(member.value)
                }
                text += "}"
            }
        }

        mutating func write(_ string: String) {
            text += "\""
            for unit in string.utf16 {
                switch unit {
                case 0x22: text += "\\\""
                case 0x5C: text += "\\\\"
                case 0x0A: text += "\\n"
                case 0x0D: text += "\\r"
                case 0x09: text += "\\t"
                case 0x08: text += "\\b"
                case 0x0C: text += "\\f"
                case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
                default:
                    let digits = String(unit, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
            text += "\""
        }
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return value.description
    }
}
