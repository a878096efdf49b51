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
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private struct Writer {
        let budget: Int
        /// What is written so far, ASCII.
        var bytes: [UInt8] = []

        mutating func write(_ value: JSONValue) {
            switch value {
            case .null: add("null")
            case .bool(let value): add(value ? "true" : "false")
            case .integer(let value): add(String(value))
            case .number(let value): add(JSONWriter.text(value))
            case .string(let value): write(value)
            case .array(let values):
                add("[")
                for (index, value) in values.enumerated() where bytes.count < budget {
                    if index > 0 { add(", ") }
                    write(value)
                }
                add("]")
            case .object(let object):
                add("{")
                for (index, member) in object.members.enumerated() where bytes.count < budget {
                    if index > 0 { add(", ") }
                    write(member.key)
                    add(": ")
                    write(member.value)
                }
                add("}")
            }
        }

        /// Adds text as it is.
        private mutating func add(_ text: String) { bytes += text.utf8 }

        mutating func write(_ string: String) {
            add("\"")
            if string.utf8.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C }) {
                add(string)
            } else {
                for unit in string.utf16 { write(unit) }
            }
            add("\"")
        }

        /// Writes a unit of UTF-16 of a string.
        private mutating func write(_ unit: UInt16) {
            switch unit {
            case 0x22: add("\\\"")
            case 0x5C: add("\\\\")
            case 0x0A: add("\\n")
            case 0x0D: add("\\r")
            case 0x09: add("\\t")
            case 0x08: add("\\b")
            case 0x0C: add("\\f")
            case 0x20..<0x7F: bytes.append(UInt8(unit))
            default:
                let digits = String(unit, radix: 16)
                add("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            }
        }
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return value.description
    }
}
