internal import CONNX
internal import CProtobufC

/// A field of a message type, as protobuf-c's descriptor states it.
///
/// It refers to nothing that is counted, so that scanning costs no more than the bytes.
struct FieldSchema: BitwiseCopyable {
    /// How a value stands on the wire.
    enum Kind {
        case varint, fixed32, fixed64, string, bytes, message
    }

    let cName: UnsafePointer<CChar>
    let number: Int
    let kind: Kind
    let isRepeated: Bool
    /// Whether it is one of several fields that exclude each other.
    let isOneof: Bool
    /// For a message, its type as an index into ``WireSchema/messages``.
    let message: Int
    /// Whether it holds the elements of a tensor, which stay out of the skeleton.
    let isPayload: Bool
    /// Where the C struct keeps the value, or the pointer to it.
    let offset: Int
    /// Where the C struct keeps the `has_` flag or the count.
    let quantifierOffset: Int
    /// The size of one value in the C struct.
    let size: Int

    /// The name of the field in the schema.
    var name: String { String(cString: cName) }
}

/// A message type: its fields by number.
struct MessageSchema: BitwiseCopyable {
    /// The fields at their numbers, in memory that is never freed.
    let fields: UnsafeBufferPointer<FieldSchema?>

    /// The field with the given number, if the schema has one.
    func field(_ number: Int) -> FieldSchema? {
        number < fields.count ? fields[number] : nil
    }
}

/// The message types of `Schemas/onnx.proto`, for walking over encoded and decoded messages.
struct WireSchema: @unchecked Sendable {
    static let shared = WireSchema()

    private(set) var messages: [MessageSchema] = []
    private var indices: [UnsafePointer<ProtobufCMessageDescriptor>: Int] = [:]

    /// The index in ``messages`` of a message type.
    subscript(descriptor: UnsafePointer<ProtobufCMessageDescriptor>) -> Int {
        guard let index = indices[descriptor] else {
            preconditionFailure("the schema lacks \(String(cString: descriptor.pointee.name))")
        }
        return index
    }

    private init() {
        for root in RootMessage.allCases { _ = add(root.descriptor) }
    }

    private mutating func add(_ descriptor: UnsafePointer<ProtobufCMessageDescriptor>) -> Int {
        if let index = indices[descriptor] { return index }
        let index = messages.count
        let name = String(cString: descriptor.pointee.short_name)
        indices[descriptor] = index
        messages.append(MessageSchema(fields: UnsafeBufferPointer(start: nil, count: 0)))
        var fields: [FieldSchema?] = []
        for position in 0..<Int(descriptor.pointee.n_fields) {
            let field = descriptor.pointee.fields[position]
            precondition(field.id < 64, "presence is kept in 64 bits")
            while fields.count <= Int(field.id) { fields.append(nil) }
            fields[Int(field.id)] = schema(of: field, in: name)
        }
        let copy = UnsafeMutableBufferPointer<FieldSchema?>.allocate(capacity: fields.count)
        _ = copy.initialize(from: fields)
        messages[index] = MessageSchema(fields: UnsafeBufferPointer(copy))
        return index
    }

    private mutating func schema(
        of field: ProtobufCFieldDescriptor, in message: String
    ) -> FieldSchema {
        let name = String(cString: field.name)
        let kind: FieldSchema.Kind
        let size: Int
        var submessage = -1
        switch field.type {
        case PROTOBUF_C_TYPE_STRING: (kind, size) = (.string, 8)
        case PROTOBUF_C_TYPE_BYTES: (kind, size) = (.bytes, MemoryLayout<ProtobufCBinaryData>.size)
        case PROTOBUF_C_TYPE_MESSAGE:
            (kind, size) = (.message, 8)
            submessage = add(
                field.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self))
        case PROTOBUF_C_TYPE_FLOAT: (kind, size) = (.fixed32, 4)
        case PROTOBUF_C_TYPE_DOUBLE: (kind, size) = (.fixed64, 8)
        case PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_ENUM: (kind, size) = (.varint, 4)
        case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_UINT64: (kind, size) = (.varint, 8)
        default: preconditionFailure("the schema does not use the type of \(message).\(name)")
        }
        return FieldSchema(
            cName: field.name, number: Int(field.id), kind: kind,
            isRepeated: field.label == PROTOBUF_C_LABEL_REPEATED,
            isOneof: field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue != 0,
            message: submessage, isPayload: message == "TensorProto" && name == "raw_data",
            offset: Int(field.offset), quantifierOffset: Int(field.quantifier_offset), size: size)
    }
}

/// The message types that a file can consist of.
enum RootMessage: String, CaseIterable {
    case model = "ModelProto"
    case tensor = "TensorProto"
    case sparseTensor = "SparseTensorProto"
    case sequence = "SequenceProto"
    case map = "MapProto"
    case optional = "OptionalProto"
    case type = "TypeProto"

    /// protobuf-c's description of the message type.
    var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        switch self {
        case .model: descriptor(Onnx__ModelProto(), onnx__model_proto__init)
        case .tensor: descriptor(Onnx__TensorProto(), onnx__tensor_proto__init)
        case .sparseTensor: descriptor(Onnx__SparseTensorProto(), onnx__sparse_tensor_proto__init)
        case .sequence: descriptor(Onnx__SequenceProto(), onnx__sequence_proto__init)
        case .map: descriptor(Onnx__MapProto(), onnx__map_proto__init)
        case .optional: descriptor(Onnx__OptionalProto(), onnx__optional_proto__init)
        case .type: descriptor(Onnx__TypeProto(), onnx__type_proto__init)
        }
    }

    /// A message's first member leads to its descriptor, once it is initialised.
    private func descriptor<Message>(
        _ message: Message, _ initialize: (UnsafeMutablePointer<Message>) -> Void
    ) -> UnsafePointer<ProtobufCMessageDescriptor> {
        var message = message
        initialize(&message)
        return withUnsafeBytes(of: &message) { $0.load(as: ProtobufCMessage.self).descriptor }
    }
}
