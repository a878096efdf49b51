internal import CONNX
internal import CProtobufC
import HingeGraph
import HingeOperators

extension MessageReader {
    func tensorValue(
        _ message: UnsafeMutablePointer<Onnx__TensorProto>
    ) throws -> (Value, ValueOrigin) {
        let named = try tensor(message)
        var origin = ValueOrigin(name: named.name)
        origin.message = TensorOrigin(named.origin).message
        origin.tensor = named
        return (.tensor(named.tensor), origin)
    }

    func sparseTensorValue(
        _ message: UnsafeMutablePointer<Onnx__SparseTensorProto>
    ) throws -> (Value, ValueOrigin) {
        let sparse = try sparseTensor(message)
        var origin = ValueOrigin(name: sparse.name, message: try ONNXOrigin(message))
        origin.sparseTensor = sparse
        return (.sparseTensor(sparse), origin)
    }

    func sequence(
        _ message: UnsafeMutablePointer<Onnx__SequenceProto>
    ) throws -> (Value, ValueOrigin) {
        let proto = message.pointee
        let lists: [[() throws -> (Value, ValueOrigin)]] = [
            messages(proto.n_tensor_values, proto.tensor_values)
                .map { m in { try self.tensorValue(m) } },
            messages(proto.n_sparse_tensor_values, proto.sparse_tensor_values)
                .map { m in { try self.sparseTensorValue(m) } },
            messages(proto.n_sequence_values, proto.sequence_values)
                .map { m in { try self.sequence(m) } },
            messages(proto.n_map_values, proto.map_values).map { m in { try self.map(m) } },
            messages(proto.n_optional_values, proto.optional_values)
                .map { m in { try self.optional(m) } },
        ]
        let elements = try elements(of: Int(proto.elem_type), lists)
        var origin = ValueOrigin(name: text(proto.name), message: try ONNXOrigin(message))
        origin.elementKind = Int(proto.elem_type)
        origin.children = elements.map(\.1)
        return (.sequence(elements.map(\.0)), origin)
    }

    func optional(
        _ message: UnsafeMutablePointer<Onnx__OptionalProto>
    ) throws -> (Value, ValueOrigin) {
        let proto = message.pointee
        let lists: [[() throws -> (Value, ValueOrigin)]] = [
            proto.tensor_value.map { m in [{ try self.tensorValue(m) }] } ?? [],
            proto.sparse_tensor_value.map { m in [{ try self.sparseTensorValue(m) }] } ?? [],
            proto.sequence_value.map { m in [{ try self.sequence(m) }] } ?? [],
            proto.map_value.map { m in [{ try self.map(m) }] } ?? [],
            proto.optional_value.map { m in [{ try self.optional(m) }] } ?? [],
        ]
        let elements = try elements(of: Int(proto.elem_type), lists)
        var origin = ValueOrigin(name: text(proto.name), message: try ONNXOrigin(message))
        origin.elementKind = Int(proto.elem_type)
        origin.children = elements.map(\.1)
        return (.optional(elements.first?.0), origin)
    }

    func map(_ message: UnsafeMutablePointer<Onnx__MapProto>) throws -> (Value, ValueOrigin) {
        let proto = message.pointee
        guard let keyType = DataType(number: Int(proto.key_type)) else {
            throw HingeError(
                .badData, "expected an integer type or string, found \(proto.key_type)",
                at: [.field("key_type")])
        }
        let keys: Tensor
        if keyType == .string {
            let strings = UnsafeBufferPointer(start: proto.string_keys, count: proto.n_string_keys)
            keys = try Tensor(
                strings: strings.map { ByteString($0) }, shape: [proto.n_string_keys])
        } else {
            let numbers = UnsafeBufferPointer(start: proto.keys, count: proto.n_keys)
            keys = try MapKeys.tensor(Array(numbers), keyType)
        }
        guard keyType == .string ? proto.n_keys == 0 : proto.n_string_keys == 0 else {
            throw HingeError(.badData, "expected keys of type \(keyType), found others too")
        }
        var origin = ValueOrigin(name: text(proto.name), message: try ONNXOrigin(message))
        var values: [Value] = []
        if let sequence = proto.values {
            let (value, child) = try self.sequence(sequence)
            if case .sequence(let elements) = value { values = elements }
            origin.children = [child]
        } else {
            origin.message.omitted |= 1 << 5
        }
        guard values.count == keys.count else {
            throw HingeError(
                .badData, "expected as many values as keys (\(keys.count)), found \(values.count)")
        }
        return (.map(keys: keys, values: values), origin)
    }

    /// Reads the elements of the list that `kind` names; the others must be empty.
    private func elements(
        of kind: Int, _ lists: [[() throws -> (Value, ValueOrigin)]]
    ) throws -> [(Value, ValueOrigin)] {
        guard (0...lists.count).contains(kind) else {
            throw HingeError(
                .unsupported, "expected a kind of element from 0 to \(lists.count), found \(kind)",
                at: [.field("elem_type")])
        }
        for (index, list) in lists.enumerated() where index != kind - 1 && !list.isEmpty {
            throw HingeError(
                .badData, "expected elements of kind \(kind), found \(list.count) of \(index + 1)")
        }
        guard kind > 0 else { return [] }
        return try lists[kind - 1].enumerated().map { index, read in
            try withContext(.path("element \(index)")) { try read() }
        }
    }
}

/// The keys of a map, which its message holds as 64-bit integers whatever their type.
enum MapKeys {
    static func tensor(_ keys: [Int64], _ type: DataType) throws -> Tensor {
        switch type {
        case .int64: Tensor(keys)
        case .int32: try Tensor(exact(keys, Int32.self))
        case .int16: try Tensor(exact(keys, Int16.self))
        case .int8: try Tensor(exact(keys, Int8.self))
        case .uint64: Tensor(keys.map { UInt64(bitPattern: $0) })
        case .uint32: try Tensor(exact(keys, UInt32.self))
        case .uint16: try Tensor(exact(keys, UInt16.self))
        case .uint8: try Tensor(exact(keys, UInt8.self))
        default:
            throw HingeError(
                .badData, "expected keys of an integer type or strings, found \(type)")
        }
    }

    static func numbers(_ tensor: Tensor) throws -> [Int64] {
        try tensor.dataType == .uint64
            ? tensor.array(of: UInt64.self).map { Int64(bitPattern: $0) }
            : tensor.integers().map { Int64($0) }
    }

    private static func exact<Key: FixedWidthInteger & TensorElement>(
        _ keys: [Int64], _ type: Key.Type
    ) throws -> [Key] {
        try keys.map { key in
            guard let key = Key(exactly: key) else {
                throw HingeError(.badData, "the key \(key) does not fit \(Key.dataType)")
            }
            return key
        }
    }
}
