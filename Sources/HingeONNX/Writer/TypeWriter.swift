internal import CONNX
internal import CProtobufC
import HingeGraph
import HingeOperators

/// Turns types into messages.
struct TypeWriter {
    let arena: MessageArena

    func type(_ type: ValueType) -> UnsafeMutablePointer<Onnx__TypeProto> {
        let proto = arena.message(onnx__type_proto__init)
        switch type {
        case .tensor(let dataType, let shape):
            let tensor = arena.message(onnx__type_proto__tensor__init)
            if let dataType {
                tensor.pointee.has_elem_type = 1
                tensor.pointee.elem_type = Int32(dataType.number)
            }
            tensor.pointee.shape = shape.map(self.shape)
            proto.pointee.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE
            proto.pointee.tensor_type = tensor
        case .sparseTensor(let dataType, let shape):
            let tensor = arena.message(onnx__type_proto__sparse_tensor__init)
            if let dataType {
                tensor.pointee.has_elem_type = 1
                tensor.pointee.elem_type = Int32(dataType.number)
            }
            tensor.pointee.shape = shape.map(self.shape)
            proto.pointee.value_case = ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE
            proto.pointee.sparse_tensor_type = tensor
        case .sequence(let element):
            let sequence = arena.message(onnx__type_proto__sequence__init)
            sequence.pointee.elem_type = element.map(self.type)
            proto.pointee.value_case = ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE
            proto.pointee.sequence_type = sequence
        case .optional(let element):
            let optional = arena.message(onnx__type_proto__optional__init)
            optional.pointee.elem_type = element.map(self.type)
            proto.pointee.value_case = ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE
            proto.pointee.optional_type = optional
        case .map(let key, let value):
            let map = arena.message(onnx__type_proto__map__init)
            if let key {
                map.pointee.has_key_type = 1
                map.pointee.key_type = Int32(key.number)
            }
            map.pointee.value_type = value.map(self.type)
            proto.pointee.value_case = ONNX__TYPE_PROTO__VALUE_MAP_TYPE
            proto.pointee.map_type = map
        case .opaque(let domain, let name):
            let opaque = arena.message(onnx__type_proto__opaque__init)
            opaque.pointee.domain = domain.isEmpty ? nil : arena.copy(domain)
            opaque.pointee.name = name.isEmpty ? nil : arena.copy(name)
            proto.pointee.value_case = ONNX__TYPE_PROTO__VALUE_OPAQUE_TYPE
            proto.pointee.opaque_type = opaque
        }
        return proto
    }

    private func shape(_ shape: Shape) -> UnsafeMutablePointer<Onnx__TensorShapeProto> {
        let proto = arena.message(onnx__tensor_shape_proto__init)
        let dimensions: [UnsafeMutablePointer<Onnx__TensorShapeProto__Dimension>?] =
            shape.dimensions.map { dimension in
                let proto = arena.message(onnx__tensor_shape_proto__dimension__init)
                switch dimension {
                case .known(let extent):
                    proto.pointee.value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
                    proto.pointee.dim_value = Int64(extent)
                case .symbolic(let name):
                    proto.pointee.value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM
                    proto.pointee.dim_param = arena.copy(name)
                case .computed(let expression):
                    proto.pointee.value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM
                    proto.pointee.dim_param = arena.copy(expression.description)
                case .unknown: break
                }
                return proto
            }
        proto.pointee.n_dim = dimensions.count
        proto.pointee.dim = arena.copy(dimensions)
        return proto
    }
}
