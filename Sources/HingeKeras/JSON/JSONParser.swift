import HingeGraph

/// Reads JSON as Python's `json` module does: `NaN`, `Infinity` and `-Infinity` are numbers.
///
/// An object that has a key twice is rejected, and so are texts beyond a depth, a size or a number
/// of values that no model needs.
package struct JSONParser {
    /// What a text may ask for before it is rejected.
    package struct Limits: Sendable {
        /// The greatest number of arrays and objects inside each other.
        package var depth = 256
        /// The greatest size of the text, in bytes.
        package var byteCount = 256 << 20
        /// The greatest number of values.
        package var valueCount = 16 << 20

        /// The default limits.
        package init() {}
    }

    private let bytes: UnsafeRawBufferPointer
    private let limits: Limits
    private var position = 0
    private var valueCount = 0

    /// Reads a text that lies in memory.
    ///
    /// - Throws: ``HingeError`` with the byte offset of what is wrong.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer, limits: Limits = Limits()
    ) throws -> JSONValue {
        var parser = JSONParser(bytes: bytes, limits: limits)
        guard bytes.count <= limits.byteCount else {
            throw HingeError(
                .limit, "expected at most \(limits.byteCount) bytes of JSON, found \(bytes.count)")
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.position = 3 }
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.unexpected("the end of the text") }
        return value
    }

    /// Reads the text that a region of memory holds.
    ///
    /// - Throws: ``HingeError`` with the byte offset of what is wrong.
    package static func parse(_ region: MemoryRegion) throws -> JSONValue {
        try withExtendedLifetime(region) { try parse(region.bytes) }
    }

    /// Reads a text.
    ///
    /// - Throws: ``HingeError`` with the byte offset of what is wrong.
    package static func parse(_ text: String, limits: Limits = Limits()) throws -> JSONValue {
        try Array(text.utf8).withUnsafeBytes { try parse($0, limits: limits) }
    }

    private init(bytes: UnsafeRawBufferPointer, limits: Limits) {
        self.bytes = bytes
        self.limits = limits
    }
}

// MARK: - Values

extension JSONParser {
    private mutating func value(depth: Int) throws -> JSONValue {
        skipSpace()
        valueCount += 1
        guard valueCount <= limits.valueCount else {
            throw error(.limit, "expected at most \(limits.valueCount) values")
        }
        switch peek {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-") where has("-Infinity"): return .number(-.infinity)
        case let byte? where byte == UInt8(ascii: "-") || JSONParser.digit.contains(byte):
            return try number()
        default: break
        }
        if has("null") { return .null }
        if has("true") { return .bool(true) }
        if has("false") { return .bool(false) }
        if has("NaN") { return .number(.nan) }
        if has("Infinity") { return .number(.infinity) }
        throw unexpected("a value")
    }

    private mutating func object(depth: Int) throws -> JSONObject {
        try enter(depth)
        var object = JSONObject()
        skipSpace()
        if take("}") { return object }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw unexpected("a key") }
            let start = position
            let key = try string()
            guard object[key] == nil else {
                position = start
                throw error(.badData, "the key \(JSONValue.string(key)) occurs twice")
            }
            skipSpace()
            guard take(":") else { throw unexpected("':'") }
            object[key] = try value(depth: depth)
            skipSpace()
            if take("}") { return object }
            guard take(",") else { throw unexpected("',' or '}'") }
        }
    }

    private mutating func array(depth: Int) throws -> [JSONValue] {
        try enter(depth)
        var values: [JSONValue] = []
        skipSpace()
        if take("]") { return values }
        while true {
            values.append(try value(depth: depth))
            skipSpace()
            if take("]") { return values }
            guard take(",") else { throw unexpected("',' or ']'") }
        }
    }

    private mutating func enter(_ depth: Int) throws {
        guard depth <= limits.depth else {
            throw error(.limit, "expected at most \(limits.depth) values inside each other")
        }
        position += 1
    }

    private mutating func number() throws -> JSONValue {
        let start = position
        _ = take("-")
        if !take("0") { guard digits() > 0 else { throw unexpected("a digit") } }
        var isInteger = true
        if take(".") {
            isInteger = false
            guard digits() > 0 else { throw unexpected("a digit") }
        }
        if take("e") || take("E") {
            isInteger = false
            _ = take("+") || take("-")
            guard digits() > 0 else { throw unexpected("a digit") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int(text) { return .integer(value) }
        guard let value = Double(text) else {
            position = start
            throw unexpected("a number")
        }
        return .number(value)
    }
}

// MARK: - Strings

extension JSONParser {
    private mutating func string() throws -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while true {
            let run = position
            while let byte = peek, byte >= 0x20, byte != UInt8(ascii: "\""),
                byte != UInt8(ascii: "\\")
            {
                position += 1
            }
            text += bytes[run..<position]
            guard let byte = peek else { throw unexpected("the end of the string") }
            if byte == UInt8(ascii: "\"") { break }
            guard byte == UInt8(ascii: "\\") else {
                throw error(.badData, "a control character stands in a string")
            }
            position += 1
            try escape(into: &text)
        }
        position += 1
        guard let string = String(validating: text, as: UTF8.self) else {
            position = start
            throw error(.badData, "a string is not UTF-8")
        }
        return string
    }

    private mutating func escape(into text: inout [UInt8]) throws {
        guard let byte = peek else { throw unexpected("an escape") }
        let plain: [UInt8: UInt8] = [
            0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D,
            0x74: 0x09,
        ]
        if let character = plain[byte] {
            position += 1
            text.append(character)
            return
        }
        guard take("u") else { throw unexpected("an escape") }
        var code = try hexadecimal()
        if (0xD800..<0xDC00).contains(code), has("\\u") {
            let low = try hexadecimal()
            guard (0xDC00..<0xE000).contains(low) else {
                throw error(.badData, "half of a surrogate pair stands alone")
            }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw error(.badData, "half of a surrogate pair stands alone")
        }
        text += Array(String(scalar).utf8)
    }

    private mutating func hexadecimal() throws -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek,
                let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else { throw unexpected("four hexadecimal digits") }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }
}

// MARK: - Bytes

extension JSONParser {
    private static let digit = UInt8(ascii: "0")...UInt8(ascii: "9")

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = peek, UInt32(byte) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func has(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard bytes.count - position >= count,
            bytes[position..<position + count].elementsEqual(
                UnsafeBufferPointer(start: word.utf8Start, count: count))
        else { return false }
        position += count
        return true
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = peek, JSONParser.digit.contains(byte) {
            position += 1
        }
        return position - start
    }

    private func unexpected(_ expected: String) -> HingeError {
        let found =
            switch peek {
            case nil: "the end of the text"
            case let byte? where (0x21..<0x7F).contains(byte):
                "'\(Character(Unicode.Scalar(byte)))'"
            case let byte?: "a byte of value \(byte)"
            }
        return error(.badData, "expected \(expected), found \(found)")
    }

    private func error(_ code: HingeError.Code, _ message: String) -> HingeError {
        HingeError(code, message, at: [.byteOffset(position)])
    }
}
