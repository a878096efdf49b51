import HingeGraph

/// Checks an encoded message before protobuf-c sees it, and finds the payloads of its tensors.
///
/// protobuf-c recurses without a limit, merges repeated submessages in quadratic time, accepts text that
/// is not UTF-8, and reports failure without a position. So one pass over the bytes checks everything that
/// decoding relies on: nesting, field numbers, wire types, lengths, text, and the number of fields.
///
/// A message on the wire is a list of fields. A field is a tag (number × 8 + wire type, as a varint) and,
/// by wire type: 0 a varint; 1 eight bytes; 2 a length and as many bytes; 5 four bytes.
struct WireScanner {
    /// The deepest nesting of messages.
    ///
    /// ONNX uses three levels for each level of control flow.
    static let maximumDepth = 100
    /// The most fields in a file.
    static let maximumFieldCount = 50_000_000
    /// The highest number that a field may have.
    static let maximumFieldNumber: UInt64 = (1 << 29) - 1

    /// A message that is being scanned.
    private struct Frame {
        let schema: Int
        /// The name of the field that holds the message; absent for the outermost message.
        let field: UnsafePointer<CChar>?
        /// Where the message's length stands; empty for the outermost message.
        let length: Range<Int>
        let end: Int
        /// The singular submessages that have occurred, by field number.
        var seen: UInt64 = 0
        /// By how many bytes the message's edits lengthen it.
        var growth = 0
    }

    private let bytes: UnsafeRawBufferPointer
    private let messages: [MessageSchema]
    private var frames: [Frame]
    private var offset = 0
    private var edits: [WireEdit] = []

    /// Scans a message.
    ///
    /// - Parameters:
    ///   - bytes: The encoded message.
    ///   - root: Its type.
    ///   - replacing: For a payload at the given place, the number of bytes that take its place, or `nil`
    ///     to leave it.
    /// - Returns: The replacements, and the changed lengths of the messages around them, in order.
    /// - Throws: ``HingeError`` with the field and the byte offset as its context.
    static func scan(
        _ bytes: UnsafeRawBufferPointer, as root: RootMessage,
        replacing: (Range<Int>) throws -> Int? = { _ in nil }
    ) throws -> [WireEdit] {
        var scanner = WireScanner(bytes, root)
        try scanner.run(replacing)
        return scanner.edits.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    private init(_ bytes: UnsafeRawBufferPointer, _ root: RootMessage) {
        self.bytes = bytes
        let schema = WireSchema.shared
        messages = schema.messages
        frames = [
            Frame(schema: schema[root.descriptor], field: nil, length: 0..<0, end: bytes.count)
        ]
    }

    private mutating func run(_ replacing: (Range<Int>) throws -> Int?) throws {
        var fieldCount = 0
        while let frame = frames.last {
            guard offset < frame.end else {
                leave()
                continue
            }
            fieldCount += 1
            guard fieldCount <= Self.maximumFieldCount else {
                throw failure(
                    .limit, "the file has more than \(Self.maximumFieldCount) fields", at: offset)
            }
            try field(of: messages[frame.schema], end: frame.end, replacing)
        }
    }

    /// Scans one field; for a submessage, only up to its beginning.
    private mutating func field(
        of message: MessageSchema, end: Int, _ replacing: (Range<Int>) throws -> Int?
    ) throws {
        let start = offset
        guard let tag = Varint.read(bytes, &offset, end: end, maximumByteCount: 5) else {
            throw failure(.badData, "expected a field tag, found the end of the message", at: start)
        }
        let number = tag >> 3
        guard number > 0, number <= Self.maximumFieldNumber else {
            throw failure(
                .badData, "expected a field number from 1 to 536870911, found \(number)", at: start)
        }
        let field = message.field(Int(number))
        let wireType = Int(tag & 7)
        if let field, !field.allows(wireType) {
            throw failure(
                .badData, "expected wire type \(field.wireType), found \(wireType)", at: start,
                in: field.name
            )
        }
        switch wireType {
        case 0:
            let value = Varint.read(bytes, &offset, end: end, maximumByteCount: 10)
            guard value != nil else {
                throw failure(
                    .badData, "expected an integer of at most 10 bytes, found none that ends",
                    at: start,
                    in: field?.name)
            }
        case 1: try skip(8, end: end, start, field)
        case 5: try skip(4, end: end, start, field)
        case 2: try delimited(field, end: end, start, replacing)
        case 3, 4: throw failure(.badData, "groups are not supported", at: start, in: field?.name)
        default:
            throw failure(
                .badData, "the wire type \(wireType) does not exist", at: start, in: field?.name)
        }
    }

    /// Scans a field that states its length.
    private mutating func delimited(
        _ field: FieldSchema?, end: Int, _ start: Int, _ replacing: (Range<Int>) throws -> Int?
    ) throws {
        let lengthStart = offset
        guard let length = Varint.read(bytes, &offset, end: end, maximumByteCount: 5) else {
            throw failure(
                .badData, "expected a length, found none that ends", at: lengthStart,
                in: field?.name)
        }
        guard length <= UInt64(end - offset) else {
            throw failure(
                .badData,
                "expected \(length) bytes, found \(end - offset) to the end of the message",
                at: start, in: field?.name)
        }
        let content = offset..<offset + Int(length)
        guard let field else {
            offset = content.upperBound
            return
        }
        if field.kind == .message {
            return try enter(field, lengthStart..<offset, content, start)
        }
        offset = content.upperBound
        switch field.kind {
        case .string: try checkText(content, field)
        case .bytes:
            guard field.isPayload, let byteCount = try replacing(content) else { return }
            replace(content, byCount: byteCount, length: lengthStart..<content.lowerBound)
        case .fixed32, .fixed64:
            let size = field.kind == .fixed32 ? 4 : 8
            guard content.count % size == 0 else {
                throw failure(
                    .badData, "expected a multiple of \(size) bytes, found \(content.count)",
                    at: start,
                    in: field.name)
            }
        case .varint:
            guard content.isEmpty || bytes[content.upperBound - 1] < 0x80 else {
                throw failure(.badData, "the last integer does not end", at: start, in: field.name)
            }
        case .message: break
        }
    }

    private mutating func enter(
        _ field: FieldSchema, _ length: Range<Int>, _ content: Range<Int>, _ start: Int
    ) throws {
        guard frames.count <= Self.maximumDepth else {
            throw failure(
                .limit, "messages are nested deeper than \(Self.maximumDepth) levels", at: start,
                in: field.name)
        }
        let top = frames.count - 1
        if !field.isRepeated {
            let bit: UInt64 = 1 << UInt64(field.number)
            guard frames[top].seen & bit == 0 else {
                throw failure(.badData, "the field occurs twice", at: start, in: field.name)
            }
            frames[top].seen |= bit
        }
        frames.append(
            Frame(
                schema: field.message, field: field.cName, length: length, end: content.upperBound))
    }

    /// Leaves the innermost message, whose length changes with its edits.
    private mutating func leave() {
        let frame = frames.removeLast()
        guard frame.growth != 0, !frames.isEmpty else { return }
        let newCount = frame.end - frame.length.upperBound + frame.growth
        let edit = WireEdit(frame.length, .length(newCount))
        edits.append(edit)
        frames[frames.count - 1].growth += frame.growth + edit.growth
    }

    private mutating func replace(_ content: Range<Int>, byCount count: Int, length: Range<Int>) {
        let newLength = WireEdit(length, .length(count))
        let newContent = WireEdit(content, .payload(count))
        edits += [newLength, newContent]
        frames[frames.count - 1].growth += newLength.growth + newContent.growth
    }

    private mutating func skip(
        _ count: Int, end: Int, _ start: Int, _ field: FieldSchema?
    ) throws {
        guard end - offset >= count else {
            throw failure(
                .badData,
                "expected \(count) bytes, found \(end - offset) to the end of the message",
                at: start, in: field?.name)
        }
        offset += count
    }

    /// Checks that text is UTF-8 and has no NUL, which would end it in C.
    private func checkText(_ range: Range<Int>, _ field: FieldSchema) throws {
        let text = UnsafeRawBufferPointer(rebasing: bytes[range])
        var union: UInt8 = 0
        for byte in text {
            union |= byte
            if byte == 0 {
                throw failure(
                    .badData, "the text has a NUL character", at: range.lowerBound, in: field.name)
            }
        }
        guard union < 0x80 || String(validating: text, as: UTF8.self) != nil else {
            throw failure(.badData, "the text is not UTF-8", at: range.lowerBound, in: field.name)
        }
    }

    private func failure(
        _ code: HingeError.Code, _ message: String, at offset: Int,
        in field: String? = nil
    ) -> HingeError {
        var names =
            frames.compactMap(\.field).map { String(cString: $0) } + (field.map { [$0] } ?? [])
        if names.count > 8 { names.replaceSubrange(4..<names.count - 3, with: ["…"]) }
        let path = names.joined(separator: ".")
        return HingeError(
            code, message, at: (path.isEmpty ? [] : [.field(path)]) + [.byteOffset(offset)])
    }
}

extension FieldSchema {
    /// The number by which the wire format knows the field's kind.
    var wireType: Int {
        switch kind {
        case .varint: 0
        case .fixed64: 1
        case .string, .bytes, .message: 2
        case .fixed32: 5
        }
    }

    /// Whether a field may have the given wire type.
    ///
    /// Numbers in a list may stand one by one or packed.
    func allows(_ wireType: Int) -> Bool {
        wireType == self.wireType || isRepeated && wireType == 2
    }
}
