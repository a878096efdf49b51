internal import CONNX
internal import CProtobufC
import HingeGraph
import HingeOperators

extension MessageReader {
    /// Reads a type; `origin` remembers its encoding when that says more than the graph can.
    func type<Message>(
        _ proto: UnsafeMutablePointer<Onnx__TypeProto>?,
        of message: UnsafeMutablePointer<Message>, field number: Int, _ origin: inout ONNXOrigin
    ) throws -> ValueType? {
        guard let proto else { return nil }
        let type = valueType(proto)
        if try type.map({ try !isPlain(proto, $0) }) ?? true {
            origin.verbatim.append(
                .init(
                    number: number, value: .type(type),
                    bytes: try ONNXOrigin.encode(UnsafeMutableRawPointer(message), fields: [number])
                ))
        }
        return type
    }

    /// Reads a list of types; `origin` remembers their encoding when that says more than the graph can.
    func types<Message>(
        _ list: [UnsafeMutablePointer<Onnx__TypeProto>],
        of message: UnsafeMutablePointer<Message>, field number: Int, _ origin: inout ONNXOrigin
    ) throws -> [ValueType] {
        let types = list.map { valueType($0) ?? .tensor(nil, nil) }
        if try !zip(list, types).allSatisfy({ try isPlain($0, $1) }) {
            origin.verbatim.append(
                .init(
                    number: number, value: .types(types),
                    bytes: try ONNXOrigin.encode(UnsafeMutableRawPointer(message), fields: [number])
                ))
        }
        return types
    }

    /// Whether a type is encoded as it would be written.
    func isPlain(_ proto: UnsafeMutablePointer<Onnx__TypeProto>, _ type: ValueType) throws -> Bool {
        let arena = MessageArena()
        return try withExtendedLifetime(arena) {
            try pack(proto) == pack(TypeWriter(arena: arena).type(type))
        }
    }

    /// The type as far as the graph can express it; `nil` when the message names none.
    func valueType(_ proto: UnsafeMutablePointer<Onnx__TypeProto>) -> ValueType? {
        switch proto.pointee.value_case {
        case ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE:
            let tensor = proto.pointee.tensor_type.pointee
            return .tensor(DataType(number: Int(tensor.elem_type)), shape(tensor.shape))
        case ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE:
            let tensor = proto.pointee.sparse_tensor_type.pointee
            return .sparseTensor(DataType(number: Int(tensor.elem_type)), shape(tensor.shape))
        case ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE:
            return .sequence(proto.pointee.sequence_type.pointee.elem_type.flatMap(valueType))
        case ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE:
            return .optional(proto.pointee.optional_type.pointee.elem_type.flatMap(valueType))
        case ONNX__TYPE_PROTO__VALUE_MAP_TYPE:
            let map = proto.pointee.map_type.pointee
            return .map(
                key: DataType(number: Int(map.key_type)), value: map.value_type.flatMap(valueType))
        case ONNX__TYPE_PROTO__VALUE_OPAQUE_TYPE:
            let opaque = proto.pointee.opaque_type.pointee
            return .opaque(domain: text(opaque.domain), name: text(opaque.name))
        default: return nil
        }
    }

    private func shape(_ proto: UnsafeMutablePointer<Onnx__TensorShapeProto>?) -> Shape? {
        guard let proto = proto?.pointee else { return nil }
        return Shape(
            messages(proto.n_dim, proto.dim).map { dimension in
                switch dimension.pointee.value_case {
                case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE:
                    // Some exporters write -1 for a dimension that they don't know.
                    let extent = dimension.pointee.dim_value
                    return extent < 0 ? .unknown : .known(Int(extent))
                case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM:
                    return Shape.Dimension(name: text(dimension.pointee.dim_param))
                default: return .unknown
                }
            })
    }
}
