import HingeGraph

extension DataType {
    /// The number of the type in ONNX (`TensorProto.DataType`).
    package var onnxNumber: Int {
        switch self {
        case .float32: 1
        case .uint8: 2
        case .int8: 3
        case .uint16: 4
        case .int16: 5
        case .int32: 6
        case .int64: 7
        case .string: 8
        case .bool: 9
        case .float16: 10
        case .float64: 11
        case .uint32: 12
        case .uint64: 13
        case .complex64: 14
        case .complex128: 15
        case .bfloat16: 16
        case .float8e4m3fn: 17
        case .float8e4m3fnuz: 18
        case .float8e5m2: 19
        case .float8e5m2fnuz: 20
        case .uint4: 21
        case .int4: 22
        case .float4e2m1: 23
        case .float8e8m0: 24
        case .uint2: 25
        case .int2: 26
        }
    }

    private static let byONNXNumber = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0.onnxNumber, $0) })

    /// The type with a number of ONNX; `nil` for one that isn't known.
    package init?(onnxNumber: some BinaryInteger) {
        guard let type = DataType.byONNXNumber[Int(onnxNumber)] else { return nil }
        self = type
    }
}
