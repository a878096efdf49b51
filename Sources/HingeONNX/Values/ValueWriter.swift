internal import CONNX
internal import CProtobufC
import HingeGraph
import HingeOperators

extension MessageWriter {
    func tensor(
        _ tensor: Tensor, _ name: String, _ origin: ValueOrigin?
    ) throws -> UnsafeMutablePointer<Onnx__TensorProto> {
        var named = origin?.tensor ?? NamedTensor(name: name, tensor)
        named.tensor = tensor
        named.name = name
        return try self.tensor(named)
    }

    func sparseTensor(
        _ tensor: SparseTensor, _ name: String, _ origin: ValueOrigin?
    ) throws -> UnsafeMutablePointer<Onnx__SparseTensorProto> {
        var tensor = tensor
        tensor.name = name
        tensor.origin = tensor.origin ?? origin?.sparseTensor?.origin
        return try sparseTensor(tensor)
    }

    func sequence(
        _ values: [Value], _ name: String, _ origin: ValueOrigin?
    ) throws -> UnsafeMutablePointer<Onnx__SequenceProto> {
        let proto = arena.message(onnx__sequence_proto__init)
        proto.pointee.name = text(name, 1, origin?.message)
        let kind = values.first?.onnxKind.number ?? origin?.elementKind ?? 0
        guard values.allSatisfy({ $0.onnxKind.number == kind }) else {
            throw HingeError(.mismatch, "expected a sequence of elements of one kind")
        }
        if kind != 0 || origin?.message.givesDefault(2) ?? true {
            proto.pointee.has_elem_type = 1
            proto.pointee.elem_type = Int32(kind)
        }
        var tensors: [UnsafeMutablePointer<Onnx__TensorProto>] = []
        var sparseTensors: [UnsafeMutablePointer<Onnx__SparseTensorProto>] = []
        var sequences: [UnsafeMutablePointer<Onnx__SequenceProto>] = []
        var maps: [UnsafeMutablePointer<Onnx__MapProto>] = []
        var optionals: [UnsafeMutablePointer<Onnx__OptionalProto>] = []
        for (index, value) in values.enumerated() {
            let children = origin?.children ?? []
            let child = index < children.count ? children[index] : nil
            let name = child?.name ?? ""
            switch value {
            case .tensor(let value): tensors.append(try tensor(value, name, child))
            case .sparseTensor(let value):
                sparseTensors.append(try sparseTensor(value, child?.name ?? value.name, child))
            case .sequence(let values):
                sequences.append(try nested { try sequence(values, name, child) })
            case .map(let keys, let values):
                maps.append(try nested { try map(keys, values, name, child) })
            case .optional(let value):
                optionals.append(try nested { try optional(value, name, child) })
            }
        }
        (proto.pointee.n_tensor_values, proto.pointee.tensor_values) = list(tensors) { $0 }
        (proto.pointee.n_sparse_tensor_values, proto.pointee.sparse_tensor_values) =
            list(sparseTensors) { $0 }
        (proto.pointee.n_sequence_values, proto.pointee.sequence_values) = list(sequences) { $0 }
        (proto.pointee.n_map_values, proto.pointee.map_values) = list(maps) { $0 }
        (proto.pointee.n_optional_values, proto.pointee.optional_values) = list(optionals) { $0 }
        pass(origin?.message.extra ?? [], to: proto)
        return proto
    }

    func optional(
        _ value: Value?, _ name: String, _ origin: ValueOrigin?
    ) throws -> UnsafeMutablePointer<Onnx__OptionalProto> {
        let proto = arena.message(onnx__optional_proto__init)
        proto.pointee.name = text(name, 1, origin?.message)
        let kind = value?.onnxKind.number ?? origin?.elementKind ?? 0
        if kind != 0 || origin?.message.givesDefault(2) ?? true {
            proto.pointee.has_elem_type = 1
            proto.pointee.elem_type = Int32(kind)
        }
        let child = origin?.children.first
        let name = child?.name ?? ""
        switch value {
        case nil: break
        case .tensor(let value): proto.pointee.tensor_value = try tensor(value, name, child)
        case .sparseTensor(let value):
            proto.pointee.sparse_tensor_value = try sparseTensor(
                value, child?.name ?? value.name, child)
        case .sequence(let values):
            proto.pointee.sequence_value = try nested { try sequence(values, name, child) }
        case .map(let keys, let values):
            proto.pointee.map_value = try nested { try map(keys, values, name, child) }
        case .optional(let value):
            proto.pointee.optional_value = try nested { try optional(value, name, child) }
        }
        pass(origin?.message.extra ?? [], to: proto)
        return proto
    }

    func map(
        _ keys: Tensor, _ values: [Value], _ name: String, _ origin: ValueOrigin?
    ) throws -> UnsafeMutablePointer<Onnx__MapProto> {
        let proto = arena.message(onnx__map_proto__init)
        proto.pointee.name = text(name, 1, origin?.message)
        proto.pointee.has_key_type = 1
        proto.pointee.key_type = Int32(keys.dataType.number)
        if let strings = keys.strings {
            (proto.pointee.n_string_keys, proto.pointee.string_keys) = list(strings)
        } else {
            let numbers = numbers(try MapKeys.numbers(keys))
            (proto.pointee.n_keys, proto.pointee.keys) = numbers
        }
        if !(origin?.message.omits(5) ?? false) || !values.isEmpty {
            let child = origin?.children.first
            proto.pointee.values = try nested { try sequence(values, child?.name ?? "", child) }
        }
        pass(origin?.message.extra ?? [], to: proto)
        return proto
    }
}
