/// The element types of tensors.
///
/// They are the element types of the ONNX standard (`TensorProto.DataType`), which include those of
/// every other format that Hinge reads.
public enum DataType: UInt8, Sendable, Hashable, CaseIterable, Codable {
    case float32, float64, float16, bfloat16
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case bool, string
    case complex64, complex128
    case float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz, float8e8m0
    case float4e2m1
    case int4, uint4, int2, uint2
    case float6e2m3, float6e3m2

    /// The size of an element in bits; 0 for strings, whose size varies.
    public var bitWidth: Int {
        switch self {
        case .complex128: 128
        case .float64, .int64, .uint64, .complex64: 64
        case .float32, .int32, .uint32: 32
        case .float16, .bfloat16, .int16, .uint16: 16
        case .int8, .uint8, .bool: 8
        case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0: 8
        case .float6e2m3, .float6e3m2: 6
        case .float4e2m1, .int4, .uint4: 4
        case .int2, .uint2: 2
        case .string: 0
        }
    }

    /// Whether several elements share a byte.
    ///
    /// Such tensors are packed, the first element in the lowest bits; one of 6 bits lies across two bytes where it must.
    public var isPacked: Bool { bitWidth > 0 && bitWidth < 8 }

    /// Whether the type is a binary floating-point number of any width.
    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float64, .float16, .bfloat16: true
        case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0: true
        case .float6e2m3, .float6e3m2, .float4e2m1: true
        default: false
        }
    }

    /// Whether the type is a signed or unsigned integer of any width.
    ///
    /// Booleans are not.
    public var isInteger: Bool {
        switch self {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
        case .int4, .uint4, .int2, .uint2: true
        default: false
        }
    }

    /// The memory that `count` elements take, in bytes, or `nil` when that overflows an `Int`.
    public func byteCount(ofElements count: Int) -> Int? {
        let (bits, overflow) = count.multipliedReportingOverflow(by: bitWidth)
        guard count >= 0, !overflow, bits <= Int.max - 7 else { return nil }
        return (bits + 7) / 8
    }
}

extension DataType: CustomStringConvertible {
    /// The name that NumPy and the ONNX documentation use: `float32`, `int64`, `bool`.
    public var description: String {
        switch self {
        case .float32: "float32"
        case .float64: "float64"
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .uint8: "uint8"
        case .uint16: "uint16"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .bool: "bool"
        case .string: "string"
        case .complex64: "complex64"
        case .complex128: "complex128"
        case .float8e4m3fn: "float8e4m3fn"
        case .float8e4m3fnuz: "float8e4m3fnuz"
        case .float8e5m2: "float8e5m2"
        case .float8e5m2fnuz: "float8e5m2fnuz"
        case .float8e8m0: "float8e8m0"
        case .float6e2m3: "float6e2m3"
        case .float6e3m2: "float6e3m2"
        case .float4e2m1: "float4e2m1"
        case .int4: "int4"
        case .uint4: "uint4"
        case .int2: "int2"
        case .uint2: "uint2"
        }
    }

    /// The type with the given name, as ``description`` spells it.
    public init?(name: String) {
        guard let type = DataType.allCases.first(where: { $0.description == name }) else {
            return nil
        }
        self = type
    }
}
