internal import CONNX
internal import CProtobufC
import HingeGraph

extension MessageReader {
    /// Reads an attribute.
    func attribute(_ message: UnsafeMutablePointer<Onnx__AttributeProto>) throws -> Attribute {
        let proto = message.pointee
        let name = text(proto.name)
        return try withContext(.attribute(name)) {
            guard let stated = AttributeKind(rawValue: Int(proto.type.rawValue)) else {
                throw HingeError(
                    .unsupported, "expected an attribute type, found \(proto.type.rawValue)",
                    at: [.field("type")])
            }
            let base = UnsafeMutableRawPointer(message)
            let fields = WireSchema.shared.messages[WireSchema.shared[proto.base.descriptor]].fields
            let given = AttributeKind.allCases.filter { kind in
                kind.field.flatMap { fields[$0] }?.isGiven(in: base) ?? false
            }
            let isReference = proto.ref_attr_name.map { $0.pointee != 0 } ?? false
            // Files before IR version 2 don't state the type.
            let kind = proto.has_type != 0 || isReference ? stated : given.first ?? .undefined
            let others = given.filter { $0 != kind || isReference }
            if let other = others.first(where: \.holdsTensors) {
                throw HingeError(
                    .badData, "expected a value of type \(kind.name), found \(other.name) too")
            }
            var origin = try ONNXOrigin(message, passing: others.compactMap(\.field))
            origin.isContradictory = !others.isEmpty
            if proto.has_type == 0 { origin.omitted |= 1 << UInt64(ONNXOrigin.attributeType) }
            if let field = kind.field, !isReference, !given.contains(kind) {
                origin.omitted |= 1 << UInt64(field)
            }
            let value: Attribute.Value =
                isReference
                ? .reference(name: text(proto.ref_attr_name), kind: kind.name)
                : try self.value(of: message, kind, &origin)
            return Attribute(
                name, value, documentation: text(proto.doc_string), origin: origin.boxed)
        }
    }

    private func value(
        of message: UnsafeMutablePointer<Onnx__AttributeProto>, _ kind: AttributeKind,
        _ origin: inout ONNXOrigin
    ) throws -> Attribute.Value {
        let proto = message.pointee
        switch kind {
        case .undefined: return .undefined
        case .float: return .float(proto.f)
        case .int: return .int(proto.i)
        case .string: return .string(ByteString(proto.s))
        case .floats:
            return .floats(Array(UnsafeBufferPointer(start: proto.floats, count: proto.n_floats)))
        case .ints:
            return .ints(Array(UnsafeBufferPointer(start: proto.ints, count: proto.n_ints)))
        case .strings:
            let strings = UnsafeBufferPointer(start: proto.strings, count: proto.n_strings)
            return .strings(strings.map { ByteString($0) })
        case .tensor: return .tensor(try tensor(required(proto.t, kind)))
        case .graph: return .graph(try graph(required(proto.g, kind)))
        case .sparseTensor:
            return .sparseTensor(try sparseTensor(required(proto.sparse_tensor, kind)))
        case .type:
            let list = [try required(proto.tp, kind)]
            return .type(try types(list, of: message, field: 14, &origin)[0])
        case .tensors: return .tensors(try messages(proto.n_tensors, proto.tensors).map(tensor))
        case .graphs: return .graphs(try messages(proto.n_graphs, proto.graphs).map(graph))
        case .sparseTensors:
            return .sparseTensors(
                try messages(proto.n_sparse_tensors, proto.sparse_tensors).map(sparseTensor))
        case .types:
            return .types(
                try types(
                    messages(proto.n_type_protos, proto.type_protos), of: message, field: 15,
                    &origin))
        }
    }

    private func required<Message>(
        _ message: UnsafeMutablePointer<Message>?, _ kind: AttributeKind
    ) throws -> UnsafeMutablePointer<Message> {
        guard let message else {
            throw HingeError(.badData, "expected a value of type \(kind.name), found none")
        }
        return message
    }
}
