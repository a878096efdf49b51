internal import COperatorSchemas
import HingeGraph

extension DataType {
    /// The number of the type in the ONNX standard (`TensorProto.DataType`), as files and the
    /// attributes `to` and `dtype` hold it.
    package var number: Int {
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
        case .float6e2m3: 27
        case .float6e3m2: 28
        }
    }

    private static let byNumber = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0.number, $0) })

    /// The type with the given number in the ONNX standard.
    package init?(number: Int) {
        guard let type = DataType.byNumber[number] else { return nil }
        self = type
    }

    /// The name of the type in the ONNX standard: `float`, `double`, `int64`.
    package var standardName: String {
        hinge_schema_data_type_name(Int32(number)).map { String(cString: $0) } ?? description
    }

    /// The type with the given name in the ONNX standard.
    package init?(standardName name: String) {
        guard let type = DataType.allCases.first(where: { $0.standardName == name }) else {
            return nil
        }
        self = type
    }
}

extension NodeReader {
    /// An optional element type, which the standard writes as an integer.
    func dataType(_ name: String) throws -> DataType? {
        guard let number = try int(name) else { return nil }
        guard let type = DataType(number: number) else {
            throw error(name, "expected the number of an element type, found \(number)")
        }
        return type
    }
}

extension Attribute {
    /// An attribute that holds an element type, which the standard writes as an integer.
    static func dataType(_ name: String, _ type: DataType) -> Attribute {
        .int(name, type.number)
    }
}
