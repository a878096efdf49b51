internal import CONNX
internal import CProtobufC
import HingeGraph
import HingeOperators

extension MessageReader {
    /// Reads a tensor.
    ///
    /// Its elements stay where they are, if they are in `raw_data` or in another file.
    func tensor(_ message: UnsafeMutablePointer<Onnx__TensorProto>) throws -> NamedTensor {
        let proto = message.pointee
        let name = text(proto.name)
        return try withContext(.tensor(name)) {
            let dataType = try dataType(proto.data_type)
            let shape = try dimensions(proto.n_dims, proto.dims)
            let isExternal = proto.data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL
            var origin = TensorOrigin(
                form: proto.has_raw_data != 0 ? .raw : .typed,
                message: try ONNXOrigin(message, passing: isExternal ? [3] : [3, 13]))
            let metadata = try metadata(
                proto.n_metadata_props, proto.metadata_props, of: message, field: 16,
                &origin.message)
            let tensor: Tensor
            if isExternal {
                let entries = try self.metadata(
                    proto.n_external_data, proto.external_data, of: message, field: 13,
                    &origin.message)
                origin.form = .external(entries)
                tensor = try external(entries, dataType, shape, proto)
            } else {
                tensor = try inline(proto, dataType, shape, &origin)
            }
            return NamedTensor(
                name: name, tensor, documentation: text(proto.doc_string), metadata: metadata,
                origin: origin.boxed)
        }
    }

    private func dataType(_ number: Int32) throws -> DataType {
        if let type = DataType(number: Int(number)) { return type }
        switch number {
        case 0: throw HingeError(.badData, "expected an element type, found none")
        default: throw HingeError(.unsupported, "expected an element type, found \(number)")
        }
    }

    /// Checks a list of dimensions.
    func dimensions(_ count: Int, _ list: UnsafeMutablePointer<Int64>?) throws -> [Int] {
        try UnsafeBufferPointer(start: list, count: count).map { extent in
            guard let extent = Int(exactly: extent), extent >= 0 else {
                throw HingeError(
                    .badData, "expected dimensions of at least 0, found \(extent)",
                    at: [.field("dims")])
            }
            return extent
        }
    }

    private func external(
        _ entries: Metadata, _ dataType: DataType, _ shape: [Int], _ proto: Onnx__TensorProto
    ) throws -> Tensor {
        guard dataType != .string else {
            throw HingeError(.badData, "strings can't be external data")
        }
        guard proto.filledFields.isEmpty else {
            throw HingeError(
                .badData,
                "expected the elements in external data only, found '\(proto.filledFields[0])' too")
        }
        guard let externalData else {
            throw HingeError(.unsupported, "external data is supported in models only")
        }
        let region = try externalData.region(entries, byteCount: byteCount(dataType, shape))
        return try Tensor(dataType: dataType, shape: shape, region: region)
    }

    private func inline(
        _ proto: Onnx__TensorProto, _ dataType: DataType, _ shape: [Int],
        _ origin: inout TensorOrigin
    ) throws -> Tensor {
        let field = proto.has_raw_data != 0 ? "raw_data" : dataType.typedField
        if proto.has_raw_data != 0, dataType == .string {
            throw HingeError(.badData, "expected strings in 'string_data', found 'raw_data'")
        }
        if let other = proto.filledFields.first(where: { $0 != field }) {
            throw HingeError(
                .badData, "expected the \(dataType) elements in '\(field)', found '\(other)'")
        }
        guard proto.has_raw_data != 0 else {
            return try typed(proto, dataType, shape, &origin)
        }
        let raw = UnsafeRawBufferPointer(start: proto.raw_data.data, count: proto.raw_data.len)
        if raw.count == PayloadReference.byteCount {
            let reference = PayloadReference(raw)
            return try Tensor(
                dataType: dataType, shape: shape,
                region: MemoryRegion(
                    region, reference.location..<reference.location + reference.byteCount))
        }
        return try Tensor(
            dataType: dataType, shape: shape, region: MemoryRegion(duplicating: raw))
    }

    private func byteCount(_ dataType: DataType, _ shape: [Int]) throws -> Int {
        guard let byteCount = dataType.byteCount(ofElements: try Tensor.count(of: shape)) else {
            throw HingeError(.limit, "shape \(shape) has more elements than fit in memory")
        }
        return byteCount
    }

    /// Reads the elements from the list that the element type asks for.
    private func typed(
        _ proto: Onnx__TensorProto, _ dataType: DataType, _ shape: [Int],
        _ origin: inout TensorOrigin
    ) throws -> Tensor {
        switch dataType {
        case .string:
            let strings = UnsafeBufferPointer(start: proto.string_data, count: proto.n_string_data)
            return try Tensor(strings: strings.map { ByteString($0) }, shape: shape)
        case .float32, .complex64:
            return try copy(proto.float_data, proto.n_float_data, dataType, shape)
        case .float64, .complex128:
            return try copy(proto.double_data, proto.n_double_data, dataType, shape)
        case .int64: return try copy(proto.int64_data, proto.n_int64_data, dataType, shape)
        case .uint64: return try copy(proto.uint64_data, proto.n_uint64_data, dataType, shape)
        case .int32: return try copy(proto.int32_data, proto.n_int32_data, dataType, shape)
        case .uint32:
            let wide = UnsafeBufferPointer(start: proto.uint64_data, count: proto.n_uint64_data)
            let narrow = try wide.map { element in
                guard let element = UInt32(exactly: element) else {
                    throw HingeError(.badData, "the element \(element) does not fit uint32")
                }
                return element
            }
            return try copy(narrow, narrow.count, dataType, shape)
        default:
            let list = UnsafeBufferPointer(start: proto.int32_data, count: proto.n_int32_data)
            let expected = try entryCount(dataType, shape)
            guard list.count == expected else {
                throw HingeError(
                    .badData,
                    "expected \(expected) entries in 'int32_data' for \(dataType)\(shape), "
                        + "found \(list.count)")
            }
            let tensor = try Int32Elements.decode(list, dataType, shape)
            let isExact = Int32Elements.encode(tensor).elementsEqual(list)
            if !isExact { origin.exactElements = Array(list) }
            return tensor
        }
    }

    private func entryCount(_ dataType: DataType, _ shape: [Int]) throws -> Int {
        let byteCount = try byteCount(dataType, shape)
        return switch dataType.bitWidth {
        case 16: byteCount / 2
        case 6: try Tensor.count(of: shape)
        default: byteCount
        }
    }

    private func copy<Element>(
        _ elements: UnsafePointer<Element>?, _ count: Int, _ dataType: DataType, _ shape: [Int]
    ) throws -> Tensor {
        let source = UnsafeRawBufferPointer(
            start: elements, count: count * MemoryLayout<Element>.stride)
        return try Tensor(
            dataType: dataType, shape: shape, region: MemoryRegion(duplicating: source))
    }
}

extension Onnx__TensorProto {
    /// The data fields that hold anything.
    fileprivate var filledFields: [String] {
        var fields: [String] = []
        if has_raw_data != 0 { fields.append("raw_data") }
        if n_float_data > 0 { fields.append("float_data") }
        if n_int32_data > 0 { fields.append("int32_data") }
        if n_int64_data > 0 { fields.append("int64_data") }
        if n_double_data > 0 { fields.append("double_data") }
        if n_uint64_data > 0 { fields.append("uint64_data") }
        if n_string_data > 0 { fields.append("string_data") }
        return fields
    }
}
