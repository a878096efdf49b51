import HingeGraph

/// The entries of `int32_data`, which holds elements of 16 bits or less: one entry for each element, or for each byte
/// of a type of which whole elements share a byte.
enum Int32Elements {
    /// Reads entries.
    ///
    /// - Throws: ``HingeError`` when one does not fit, signed or unsigned.
    static func decode(
        _ entries: UnsafeBufferPointer<Int32>, _ dataType: DataType, _ shape: [Int]
    ) throws -> Tensor {
        let width = dataType.bitWidth
        let range: ClosedRange<Int32> =
            switch width {
            case 16: -32768...65535
            case 6: 0...63
            default: -128...255
            }
        if let bad = entries.first(where: { !range.contains($0) }) {
            throw HingeError(.badData, "the entry \(bad) of 'int32_data' does not fit \(dataType)")
        }
        var tensor = try Tensor(zeros: dataType, shape: shape)
        try tensor.withUnsafeMutableBytes { bytes in
            for index in entries.indices {
                let bits = UInt16(truncatingIfNeeded: entries[index])
                switch width {
                case 16: bytes.storeBytes(of: bits, toByteOffset: 2 * index, as: UInt16.self)
                case 6: PackedBits.store(UInt8(bits), in: bytes, at: index, width: 6)
                default: bytes[index] = UInt8(truncatingIfNeeded: bits)
                }
            }
        }
        return tensor
    }

    /// The entries for a tensor: signed integers by value, all others by their bits.
    static func encode(_ tensor: Tensor) -> [Int32] {
        tensor.withUnsafeBytes { bytes in
            switch tensor.dataType {
            case .int8: bytes.map { Int32(Int8(bitPattern: $0)) }
            case .int16:
                (0..<bytes.count / 2).map {
                    Int32(bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self))
                }
            case let type where type.bitWidth == 16:
                (0..<bytes.count / 2).map {
                    Int32(bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self))
                }
            case .float6e2m3, .float6e3m2:
                (0..<tensor.count).map { Int32(PackedBits.element(of: bytes, at: $0, width: 6)) }
            default: bytes.map { Int32($0) }
            }
        }
    }
}

extension DataType {
    /// The field of `TensorProto` that lists elements of the type.
    var typedField: String {
        switch self {
        case .float32, .complex64: "float_data"
        case .float64, .complex128: "double_data"
        case .int64: "int64_data"
        case .uint64, .uint32: "uint64_data"
        case .string: "string_data"
        default: "int32_data"
        }
    }
}
