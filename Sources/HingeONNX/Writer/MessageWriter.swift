internal import CONNX
internal import CProtobufC
import HingeGraph

/// Turns the graph into messages, and encodes them.
///
/// A payload of 16 bytes or more never becomes a part of a message: a reference to it does.
final class MessageWriter {
    /// Holds the messages.
    let arena = MessageArena()
    /// Where the elements of tensors go.
    let placement: PayloadPlacement
    /// What references stand for: the index of a payload is a reference's location.
    private(set) var payloads: [MemoryRegion] = []
    /// How many graphs and attributes enclose what is being written.
    private var depth = 0

    init(_ placement: PayloadPlacement) {
        self.placement = placement
    }

    /// Runs `body` for a graph inside the one that is being written.
    ///
    /// - Throws: ``HingeError`` when that would nest messages deeper than they can be read.
    func nested<Result>(_ body: () throws -> Result) throws -> Result {
        guard depth < WireScanner.maximumDepth else {
            throw HingeError(
                .limit, "graphs are nested deeper than \(WireScanner.maximumDepth) levels")
        }
        depth += 1
        defer { depth -= 1 }
        return try body()
    }

    /// The bytes that stand for a region in a message.
    func payload(_ region: MemoryRegion) -> ProtobufCBinaryData {
        guard region.byteCount >= PayloadReference.byteCount else {
            return arena.copy(region.bytes)
        }
        payloads.append(region)
        let reference = PayloadReference(
            location: payloads.count - 1, byteCount: region.byteCount)
        return arena.copy(reference.bytes)
    }

    /// A text field: absent when it is empty, unless it was given empty.
    func text(
        _ text: String, _ number: Int, _ origin: ONNXOrigin?
    ) -> UnsafeMutablePointer<CChar>? {
        text.isEmpty && !(origin?.givesDefault(number) ?? false) ? nil : arena.copy(text)
    }

    /// A list of texts: its count and the pointer to it.
    func texts(
        _ texts: [String]
    ) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        texts.isEmpty ? (0, nil) : (texts.count, arena.copy(texts.map { arena.copy($0) }))
    }

    /// A list of messages: its count and the pointer to it.
    func list<Element, Message>(
        _ elements: [Element], _ convert: (Element) throws -> UnsafeMutablePointer<Message>
    ) rethrows -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?) {
        if elements.isEmpty { return (0, nil) }
        let list: [UnsafeMutablePointer<Message>?] = try elements.map(convert)
        return (elements.count, arena.copy(list))
    }

    /// A list of bytes: its count and the pointer to it.
    func list(_ strings: [ByteString]) -> (Int, UnsafeMutablePointer<ProtobufCBinaryData>?) {
        strings.isEmpty
            ? (0, nil) : (strings.count, arena.copy(strings.map { arena.copy($0.bytes) }))
    }

    /// A list of numbers: its count and the pointer to it.
    func numbers<Number>(_ numbers: [Number]) -> (Int, UnsafeMutablePointer<Number>?) {
        numbers.isEmpty ? (0, nil) : (numbers.count, arena.copy(numbers))
    }

    /// Adds encoded fields to a message, which protobuf-c writes out as they are.
    ///
    /// It takes the first tag for an unknown field, and the rest for that field's content.
    func pass<Message>(_ fields: [UInt8], to message: UnsafeMutablePointer<Message>) {
        guard !fields.isEmpty else { return }
        var offset = 0
        let tag = fields.withUnsafeBytes {
            Varint.read($0, &offset, end: $0.count, maximumByteCount: 5)
        }
        guard let tag else { preconditionFailure("encoded fields begin with a tag") }
        let content = arena.copy(fields[offset...])
        let unknown = arena.array(of: ProtobufCMessageUnknownField.self, count: 1)
        unknown.initialize(
            to: ProtobufCMessageUnknownField(
                tag: UInt32(tag >> 3), wire_type: ProtobufCWireType(rawValue: UInt32(tag & 7)),
                len: content.len, data: content.data))
        let base = UnsafeMutableRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
        base.pointee.n_unknown_fields = 1
        base.pointee.unknown_fields = unknown
    }

    /// Named texts: the count and the pointer to them.
    ///
    /// When they are as they were read, and their encoding says more, that is added to `extra` instead.
    func metadata(
        _ metadata: Metadata, _ number: Int, _ origin: ONNXOrigin?, _ extra: inout [UInt8]
    ) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<Onnx__StringStringEntryProto>?>?) {
        if let bytes = origin?.encoding(of: number, .metadata(metadata)) {
            extra += bytes
            return (0, nil)
        }
        return list(metadata.entries) { entry in
            let proto = arena.message(onnx__string_string_entry_proto__init)
            proto.pointee.key = arena.copy(entry.key)
            proto.pointee.value = arena.copy(entry.value)
            return proto
        }
    }

    /// A type; when it is as it was read, and its encoding says more, that is added to `extra` instead.
    func type(
        _ type: ValueType?, _ number: Int, _ origin: ONNXOrigin?, _ extra: inout [UInt8]
    ) -> UnsafeMutablePointer<Onnx__TypeProto>? {
        if let bytes = origin?.encoding(of: number, .type(type)) {
            extra += bytes
            return nil
        }
        return type.map { TypeWriter(arena: arena).type($0) }
    }
}

/// Where the elements of tensors go when a model is written.
enum PayloadPlacement {
    /// Into the message.
    case inline
    /// Into the message, except that tensors whose elements were in another file go on referring to that.
    case asRead
    /// Large ones into a second file.
    case external(ExternalDataWriter)
}
