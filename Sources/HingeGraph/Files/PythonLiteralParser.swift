/// Reads the few kinds of Python literals that a header has.
struct PythonLiteralParser {
    private let text: UnsafeRawBufferPointer
    private var position = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    /// Whether the next token begins with a character.
    mutating func isNext(_ character: Unicode.Scalar) -> Bool {
        while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) {
            position += 1
        }
        return position < text.count && text[position] == UInt8(ascii: character)
    }

    /// Steps over a character, if it is next.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard isNext(character) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws {
        guard skip(character) else { throw unexpected("'\(character)'") }
    }

    mutating func expectEnd() throws {
        _ = isNext(" ")
        guard position == text.count else { throw unexpected("the end") }
    }

    mutating func string() throws -> String {
        let quote: Unicode.Scalar = isNext("\"") ? "\"" : "'"
        try expect(quote)
        let start = position
        while position < text.count, text[position] != UInt8(ascii: quote) {
            guard text[position] != UInt8(ascii: "\\") else { throw unexpected("a plain string") }
            position += 1
        }
        let content = text[start..<position]
        try expect(quote)
        return String(decoding: content, as: UTF8.self)
    }

    mutating func boolean() throws -> Bool {
        _ = isNext(" ")
        for (word, value) in [("True", true), ("False", false)]
        where text[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw unexpected("True or False")
    }

    mutating func tuple(limit: Int) throws -> [Int] {
        var items: [Int] = []
        try expect("(")
        while !skip(")") {
            guard items.count < limit else {
                throw HingeError(.limit, "expected at most \(limit) dimensions")
            }
            items.append(try integer())
            if !skip(",") {
                try expect(")")
                break
            }
        }
        return items
    }

    /// A number that is not negative.
    private mutating func integer() throws -> Int {
        _ = isNext(" ")
        let digits = text[position...].prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { throw unexpected("a number") }
        guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
            throw HingeError(.limit, "a dimension is too large")
        }
        position += digits.count
        // Python 2 marked long integers so.
        _ = skip("L")
        return value
    }

    private func unexpected(_ expected: String) -> HingeError {
        HingeError(.badData, "expected \(expected)", at: [.byteOffset(position)])
    }
}
