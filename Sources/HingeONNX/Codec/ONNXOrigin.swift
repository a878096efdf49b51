internal import CProtobufC
import HingeGraph

/// What a message says that the graph can't express.
///
/// When the element is written again, what the graph says wins where somebody changed it, and else
/// the message is what it was.
struct ONNXOrigin: Sendable {
    /// By field number: the single values that are given although they are zero or empty.
    var givenDefaults: UInt64 = 0
    /// By field number: what would be written, and wasn't given.
    var omitted: UInt64 = 0
    /// Encoded fields that are passed on: those that the schema or the graph doesn't know.
    var extra: [UInt8] = []
    /// Fields that say more than the graph does, as long as the graph says the same.
    var verbatim: [Verbatim] = []
    /// The number of the field of an attribute that holds its type.
    static let attributeType = 20
    /// Of an attribute: whether it has values besides the one of its type.
    var isContradictory = false
    /// Of a model: whether nodes of one graph have the same name.
    var repeatsNodeNames = false

    /// A field as the graph holds it and as it was encoded.
    struct Verbatim: Sendable {
        let number: Int
        let value: Value
        let bytes: [UInt8]

        enum Value: Sendable, Equatable {
            case metadata(Metadata)
            case type(ValueType?)
            case types([ValueType])
        }
    }

    var isEmpty: Bool {
        givenDefaults == 0 && omitted == 0 && extra.isEmpty && verbatim.isEmpty
    }

    /// The origin as an element of the graph keeps it; `nil` when there is nothing to keep.
    var boxed: Origin? { isEmpty ? nil : Origin(self) }

    /// The origin that an element of the graph keeps, if it came from ONNX.
    init?(_ origin: Origin?) {
        guard let origin = origin?.payload as? ONNXOrigin else { return nil }
        self = origin
    }

    init() {}

    /// Whether a field is given although its value is zero or empty.
    func givesDefault(_ number: Int) -> Bool { givenDefaults & (1 << UInt64(number)) != 0 }

    /// Whether a field was left out that is usually written.
    func omits(_ number: Int) -> Bool { omitted & (1 << UInt64(number)) != 0 }

    /// The original encoding of a field, if the graph still says `value`.
    func encoding(of number: Int, _ value: Verbatim.Value) -> [UInt8]? {
        verbatim.first { $0.number == number && $0.value == value }?.bytes
    }
}

extension ONNXOrigin {
    /// Reads from a decoded message what the graph can't express of it.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - passing: The numbers of fields that are passed on as they are, none of which holds tensors.
    init<Message>(_ message: UnsafeMutablePointer<Message>, passing: [Int] = []) throws {
        let base = UnsafeMutableRawPointer(message)
        let header = base.load(as: ProtobufCMessage.self)
        let schema = WireSchema.shared
        let fields = schema.messages[schema[header.descriptor]].fields
        for case let field? in fields
        where field.isGiven(in: base) && field.isDefault(in: base) {
            givenDefaults |= 1 << UInt64(field.number)
        }
        let passed = passing.filter { fields[$0]?.isGiven(in: base) ?? false }
        if header.n_unknown_fields > 0 || !passed.isEmpty {
            extra = try ONNXOrigin.encode(base, fields: passed, unknown: true)
        }
    }

    /// Encodes a part of a message.
    static func encode(
        _ message: UnsafeMutableRawPointer, fields numbers: [Int], unknown: Bool = false
    ) throws -> [UInt8] {
        let header = message.load(as: ProtobufCMessage.self)
        let schema = WireSchema.shared
        let fields = schema.messages[schema[header.descriptor]].fields
        let part = UnsafeMutableRawPointer.allocate(
            byteCount: header.descriptor.pointee.sizeof_message, alignment: 16)
        defer { part.deallocate() }
        let partHeader = part.assumingMemoryBound(to: ProtobufCMessage.self)
        header.descriptor.pointee.message_init(partHeader)
        if unknown {
            partHeader.pointee.n_unknown_fields = header.n_unknown_fields
            partHeader.pointee.unknown_fields = header.unknown_fields
        }
        for number in numbers { fields[number]?.copy(from: message, to: part) }
        return try pack(part)
    }
}

extension FieldSchema {
    /// Whether the message gives the field: a list that isn't empty, or a single value at all.
    ///
    /// Of fields that exclude each other, none is taken to be given.
    func isGiven(in message: UnsafeMutableRawPointer) -> Bool {
        if isOneof { return false }
        if isRepeated { return message.load(fromByteOffset: quantifierOffset, as: Int.self) != 0 }
        switch kind {
        case .string, .message:
            return message.load(fromByteOffset: offset, as: UnsafeRawPointer?.self) != nil
        default: return message.load(fromByteOffset: quantifierOffset, as: Int32.self) != 0
        }
    }

    /// Whether a single value that is given is zero or empty.
    fileprivate func isDefault(in message: UnsafeMutableRawPointer) -> Bool {
        if isRepeated { return false }
        switch kind {
        case .message: return false
        case .string:
            let text = message.load(fromByteOffset: offset, as: UnsafePointer<CChar>?.self)
            return text?.pointee == 0
        case .bytes:
            return message.load(fromByteOffset: offset, as: ProtobufCBinaryData.self).len == 0
        case .varint, .fixed32, .fixed64:
            return size == 4
                ? message.load(fromByteOffset: offset, as: UInt32.self) == 0
                : message.load(fromByteOffset: offset, as: UInt64.self) == 0
        }
    }

    /// Copies the field from one C struct to another; both then refer to the same memory.
    fileprivate func copy(from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer)
    {
        if isRepeated {
            (target + quantifierOffset).copyMemory(from: source + quantifierOffset, byteCount: 8)
            (target + offset).copyMemory(from: source + offset, byteCount: 8)
            return
        }
        (target + offset).copyMemory(from: source + offset, byteCount: size)
        if kind != .string && kind != .message {
            (target + quantifierOffset).copyMemory(from: source + quantifierOffset, byteCount: 4)
        }
    }
}
