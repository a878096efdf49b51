import HingeGraph

extension HDF5Dataset {
    /// Creates a dataset that holds a tensor.
    ///
    /// The types that HDF5 doesn't have become opaque bytes with an attribute `dtype` that names the
    /// type, as Keras writes bfloat16; elements smaller than a byte take one byte each, as the integers that they
    /// are.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for the elements.
    package init(_ tensor: Tensor, attributes: HDF5Attributes = HDF5Attributes()) throws {
        let type = tensor.dataType
        var attributes = attributes
        if let name = NumPyExtensionType.name(of: type), attributes["dtype"] == nil {
            attributes["dtype"] = HDF5Attribute(name)
        }
        let elementType: ElementType =
            switch type {
            case .string: .string
            case .int4, .int2: .number(.int8)
            case .uint4, .uint2: .number(.uint8)
            case _ where NumPyExtensionType.name(of: type) != nil:
                .opaque(byteCount: max(type.bitWidth / 8, 1), tag: "")
            default: .number(type)
            }
        let payload: Payload =
            if let region = tensor.region {
                .bytes(
                    type.isPacked ? try PackedElements.unpack(tensor) : region, isBigEndian: false)
            } else {
                .strings(tensor.strings ?? [])
            }
        self.init(
            path: "", elementType: elementType, shape: tensor.shape, attributes: attributes,
            payload: payload)
    }

    /// The elements.
    ///
    /// A tensor of elements that the file stores contiguously, in this machine's byte order, points
    /// into the mapped file. Opaque elements, and bytes that stand for smaller integers, are taken for the type that
    /// the attribute `dtype` names; without it, two opaque bytes are a bfloat16.
    ///
    /// - Throws: ``HingeError`` when the elements are of a type that Hinge doesn't have.
    package func tensor() throws -> Tensor {
        switch (elementType, payload) {
        case (.number(let type), .bytes(let region, let isBigEndian)):
            if let small = PackedElements.integers(stored: type, attribute("dtype")?.string) {
                let tensor = try PackedElements.pack(region, as: small, shape: shape)
                let again = try PackedElements.unpack(tensor)
                let fits = withExtendedLifetime((again, region)) {
                    again.bytes.elementsEqual(region.bytes)
                }
                guard fits else {
                    throw HingeError(
                        .badData, "expected \(small) elements, found one that is too large",
                        at: [.path(path)])
                }
                return tensor
            }
            return try Tensor(
                dataType: type, shape: shape,
                region: isBigEndian ? ByteOrder.swapped(region, type) : region)
        case (.string, .strings(let strings)):
            return try Tensor(strings: strings, shape: shape)
        case (.opaque(let byteCount, let tag), _):
            if let type = attribute("dtype")?.string.flatMap(NumPyExtensionType.type(named:)) {
                return try tensor(as: type)
            }
            if byteCount == 2, tag.isEmpty || tag == "bfloat16" { return try tensor(as: .bfloat16) }
            throw HingeError(
                .unsupported,
                "nothing says what the opaque elements of \(byteCount) bytes mean (tag '\(tag)')",
                at: [.path(path)])
        case (.unsupported(let description), _):
            throw HingeError(
                .unsupported, "elements of this type are not supported: \(description)",
                at: [.path(path)])
        default:
            throw HingeError(.internalError, "the elements were not read", at: [.path(path)])
        }
    }

    /// The elements, opaque ones taken for the given type.
    ///
    /// - Throws: ``HingeError`` when the elements are numbers of another type, or have another size.
    package func tensor(as type: DataType) throws -> Tensor {
        guard case .opaque(let byteCount, _) = elementType, case .bytes(let region, _) = payload
        else {
            let tensor = try tensor()
            guard tensor.dataType == type else {
                throw HingeError(
                    .mismatch, "expected elements of type \(type), found \(tensor.dataType)",
                    at: [.path(path)])
            }
            return tensor
        }
        guard byteCount == max(type.bitWidth / 8, 1), type != .string else {
            throw HingeError(
                .mismatch,
                "expected elements of type \(type), found \(byteCount) opaque bytes each",
                at: [.path(path)])
        }
        if type.isPacked { return try PackedElements.pack(region, as: type, shape: shape) }
        return try Tensor(dataType: type, shape: shape, region: region)
    }
}

/// The element types that NumPy gets from the package `ml_dtypes`, by the names they have there.
enum NumPyExtensionType {
    private static let names: [(type: DataType, name: String)] = [
        (.bfloat16, "bfloat16"),
        (.float8e4m3fn, "float8_e4m3fn"), (.float8e4m3fnuz, "float8_e4m3fnuz"),
        (.float8e5m2, "float8_e5m2"), (.float8e5m2fnuz, "float8_e5m2fnuz"),
        (.float8e8m0, "float8_e8m0fnu"), (.float4e2m1, "float4_e2m1fn"),
        (.float6e2m3, "float6_e2m3fn"), (.float6e3m2, "float6_e3m2fn"),
        (.int4, "int4"), (.uint4, "uint4"), (.int2, "int2"), (.uint2, "uint2"),
    ]

    /// The name of a type, if NumPy itself doesn't have it.
    static func name(of type: DataType) -> String? {
        names.first { $0.type == type }?.name
    }

    /// The type with the given name.
    static func type(named name: String) -> DataType? {
        names.first { $0.name == name }?.type
    }
}

/// Elements smaller than a byte: several to a byte in a tensor, one to a byte in a file.
enum PackedElements {
    /// The type of integers smaller than a byte that an attribute names for elements of a type of a byte.
    static func integers(stored type: DataType, _ name: String?) -> DataType? {
        guard let small = name.flatMap(NumPyExtensionType.type(named:)) else { return nil }
        return switch (small, type) {
        case (.int4, .int8), (.int2, .int8), (.uint4, .uint8), (.uint2, .uint8): small
        default: nil
        }
    }

    /// One byte for each element of a packed tensor: its value in the lowest bits, and above them its sign.
    static func unpack(_ tensor: Tensor) throws -> MemoryRegion {
        let width = tensor.dataType.bitWidth
        let isSigned = tensor.dataType == .int4 || tensor.dataType == .int2
        let sign: UInt8 = isSigned ? 1 << UInt8(width - 1) : 0
        let region = try MemoryRegion(allocating: tensor.count)
        tensor.withUnsafeBytes { packed in
            for index in 0..<tensor.count {
                let byte = PackedBits.element(of: packed, at: index, width: width)
                region.base.storeBytes(
                    of: (byte ^ sign) &- sign, toByteOffset: index, as: UInt8.self)
            }
        }
        return region
    }

    /// The packed tensor of elements that take one byte each.
    ///
    /// - Throws: ``HingeError`` when the region has not as many bytes as the shape has elements.
    static func pack(_ region: MemoryRegion, as type: DataType, shape: [Int]) throws -> Tensor {
        let width = type.bitWidth
        var tensor = try Tensor(zeros: type, shape: shape)
        guard tensor.count == region.byteCount else {
            throw HingeError(
                .badData, "expected \(tensor.count) bytes, found \(region.byteCount)")
        }
        let bytes = region.bytes
        try tensor.withUnsafeMutableBytes { packed in
            for index in bytes.indices {
                PackedBits.store(bytes[index], in: packed, at: index, width: width)
            }
        }
        return tensor
    }
}
