internal import CONNX
internal import CProtobufC
import HingeGraph

extension MessageWriter {
    /// An attribute.
    func attribute(
        _ attribute: Attribute
    ) throws -> UnsafeMutablePointer<Onnx__AttributeProto> {
        let origin = ONNXOrigin(attribute.origin)
        var extra = origin?.extra ?? []
        let proto = arena.message(onnx__attribute_proto__init)
        proto.pointee.name = text(attribute.name, 1, origin)
        proto.pointee.doc_string = text(attribute.documentation, 13, origin)
        let kind = AttributeKind(name: attribute.value.kind)
        let field = ONNXOrigin.attributeType
        let isStated =
            kind == .undefined
            ? origin?.givesDefault(field) ?? false : !(origin?.omits(field) ?? false)
        if isStated {
            proto.pointee.has_type = 1
            proto.pointee.type = .init(rawValue: UInt32(kind.rawValue))
        }
        if case .reference(let name, _) = attribute.value {
            proto.pointee.ref_attr_name = arena.copy(name)
        } else {
            proto.pointee.ref_attr_name = text("", 21, origin)
            try fill(proto, with: attribute.value, kind, origin, &extra)
        }
        pass(extra, to: proto)
        return proto
    }

    private func fill(
        _ proto: UnsafeMutablePointer<Onnx__AttributeProto>, with value: Attribute.Value,
        _ kind: AttributeKind, _ origin: ONNXOrigin?, _ extra: inout [UInt8]
    ) throws {
        let isOmitted = kind.field.flatMap { origin?.omits($0) } ?? false
        switch value {
        case .float(let value):
            proto.pointee.has_f = isOmitted && value == 0 ? 0 : 1
            proto.pointee.f = value
        case .int(let value):
            proto.pointee.has_i = isOmitted && value == 0 ? 0 : 1
            proto.pointee.i = value
        case .string(let value):
            proto.pointee.has_s = isOmitted && value.bytes.isEmpty ? 0 : 1
            proto.pointee.s = arena.copy(value.bytes)
        case .tensor(let value): proto.pointee.t = try tensor(value)
        case .graph(let value): proto.pointee.g = try nested { try graph(value) }
        case .sparseTensor(let value): proto.pointee.sparse_tensor = try sparseTensor(value)
        case .type(let value):
            if let bytes = origin?.encoding(of: 14, .types([value])) {
                extra += bytes
            } else {
                proto.pointee.tp = TypeWriter(arena: arena).type(value)
            }
        case .floats(let values):
            (proto.pointee.n_floats, proto.pointee.floats) = numbers(values)
        case .ints(let values): (proto.pointee.n_ints, proto.pointee.ints) = numbers(values)
        case .strings(let values): (proto.pointee.n_strings, proto.pointee.strings) = list(values)
        case .tensors(let values):
            (proto.pointee.n_tensors, proto.pointee.tensors) = try list(values, tensor)
        case .graphs(let values):
            (proto.pointee.n_graphs, proto.pointee.graphs) = try list(values) { value in
                try nested { try graph(value) }
            }
        case .sparseTensors(let values):
            let messages = try list(values, sparseTensor)
            (proto.pointee.n_sparse_tensors, proto.pointee.sparse_tensors) = messages
        case .types(let values):
            if let bytes = origin?.encoding(of: 15, .types(values)) {
                extra += bytes
            } else {
                let types = TypeWriter(arena: arena)
                (proto.pointee.n_type_protos, proto.pointee.type_protos) = list(values, types.type)
            }
        case .reference, .undefined: break
        }
    }
}
