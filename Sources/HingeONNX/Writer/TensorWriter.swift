internal import CONNX
internal import CProtobufC
import HingeGraph
import HingeOperators

extension MessageWriter {
    /// A tensor.
    func tensor(_ named: NamedTensor) throws -> UnsafeMutablePointer<Onnx__TensorProto> {
        let tensor = named.tensor
        let origin = TensorOrigin(named.origin)
        var extra = origin.message.extra
        let proto = arena.message(onnx__tensor_proto__init)
        (proto.pointee.n_dims, proto.pointee.dims) = numbers(tensor.shape.map { Int64($0) })
        proto.pointee.has_data_type = 1
        proto.pointee.data_type = Int32(tensor.dataType.number)
        proto.pointee.name = text(named.name, 8, origin.message)
        proto.pointee.doc_string = text(named.documentation, 12, origin.message)
        (proto.pointee.n_metadata_props, proto.pointee.metadata_props) = metadata(
            named.metadata, 16, origin.message, &extra)
        if origin.message.givesDefault(14) { proto.pointee.has_data_location = 1 }
        switch placement {
        case .asRead:
            if case .external(let entries) = origin.form {
                refer(proto, to: entries, origin.message, &extra)
            } else {
                try fill(proto, with: tensor, origin)
            }
        case .inline: try fill(proto, with: tensor, origin)
        case .external(let writer):
            if let entries = writer.place(tensor) {
                refer(proto, to: entries, nil, &extra)
            } else {
                try fill(proto, with: tensor, origin)
            }
        }
        pass(extra, to: proto)
        return proto
    }

    private func refer(
        _ proto: UnsafeMutablePointer<Onnx__TensorProto>, to entries: Metadata,
        _ origin: ONNXOrigin?, _ extra: inout [UInt8]
    ) {
        proto.pointee.has_data_location = 1
        proto.pointee.data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL
        (proto.pointee.n_external_data, proto.pointee.external_data) = metadata(
            entries, 13, origin, &extra)
    }

    private func fill(
        _ proto: UnsafeMutablePointer<Onnx__TensorProto>, with tensor: Tensor,
        _ origin: TensorOrigin
    ) throws {
        guard let region = tensor.region else {
            let strings = list(tensor.strings ?? [])
            (proto.pointee.n_string_data, proto.pointee.string_data) = strings
            return
        }
        if case .typed = origin.form {
            return try fillTyped(proto, with: tensor, origin.exactElements)
        }
        proto.pointee.has_raw_data = 1
        proto.pointee.raw_data = payload(region)
    }

    private func fillTyped(
        _ proto: UnsafeMutablePointer<Onnx__TensorProto>, with tensor: Tensor, _ exact: [Int32]
    ) throws {
        switch tensor.dataType {
        case .float32, .complex64:
            (proto.pointee.n_float_data, proto.pointee.float_data) = elements(tensor)
        case .float64, .complex128:
            (proto.pointee.n_double_data, proto.pointee.double_data) = elements(tensor)
        case .int64: (proto.pointee.n_int64_data, proto.pointee.int64_data) = elements(tensor)
        case .uint64: (proto.pointee.n_uint64_data, proto.pointee.uint64_data) = elements(tensor)
        case .uint32:
            let wide = try tensor.array(of: UInt32.self).map { UInt64($0) }
            (proto.pointee.n_uint64_data, proto.pointee.uint64_data) = numbers(wide)
        case .int32: (proto.pointee.n_int32_data, proto.pointee.int32_data) = elements(tensor)
        default:
            let entries = Int32Elements.encode(tensor)
            let isUnchanged =
                exact.count == entries.count
                && exact.withUnsafeBufferPointer {
                    (try? Int32Elements.decode($0, tensor.dataType, tensor.shape)) == tensor
                }
            let list = numbers(isUnchanged ? exact : entries)
            (proto.pointee.n_int32_data, proto.pointee.int32_data) = list
        }
    }

    /// The elements as they stand in memory.
    private func elements<Element>(_ tensor: Tensor) -> (Int, UnsafeMutablePointer<Element>?) {
        tensor.withUnsafeBytes { bytes in
            let count = bytes.count / MemoryLayout<Element>.stride
            guard count > 0 else { return (0, nil) }
            let memory = arena.array(of: Element.self, count: count)
            UnsafeMutableRawBufferPointer(start: memory, count: bytes.count).copyMemory(from: bytes)
            return (count, memory)
        }
    }

    /// A sparse tensor.
    func sparseTensor(
        _ sparse: SparseTensor
    ) throws -> UnsafeMutablePointer<Onnx__SparseTensorProto> {
        let origin = sparse.origin?.payload as? SparseTensorOrigin
        var values = origin?.values ?? NamedTensor(name: "", sparse.values)
        values.tensor = sparse.values
        values.name = sparse.name
        var indices = origin?.indices ?? NamedTensor(name: "", sparse.indices)
        indices.tensor = sparse.indices
        let proto = arena.message(onnx__sparse_tensor_proto__init)
        proto.pointee.values = try tensor(values)
        proto.pointee.indices = try tensor(indices)
        (proto.pointee.n_dims, proto.pointee.dims) = numbers(sparse.shape.map { Int64($0) })
        pass(origin?.message.extra ?? [], to: proto)
        return proto
    }
}
