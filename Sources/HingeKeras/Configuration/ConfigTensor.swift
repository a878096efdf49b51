import HingeGraph
import HingeOperators

/// Arrays that a configuration holds as nested lists of numbers.
enum ConfigTensor {
    /// Reads `{"value": nested lists, "dtype": name}`.
    ///
    /// - Throws: ``HingeError`` when the lists aren't those of an array, or an element isn't of the
    ///   type.
    static func read(_ json: JSONValue) throws -> Tensor {
        guard let value = json["value"] else {
            throw HingeError(.badData, "expected an array with a \"value\", found \(json)")
        }
        let name = json["dtype"]?.string ?? "float32"
        guard let type = DataType(name: name) else {
            throw HingeError(.unsupported, "arrays of type '\(name)' are not supported")
        }
        return try tensor(value, type)
    }

    /// Reads nested lists of numbers, or one number.
    ///
    /// - Throws: ``HingeError`` when the lists aren't those of an array, or an element isn't of the
    ///   type.
    static func tensor(_ json: JSONValue, _ type: DataType) throws -> Tensor {
        var shape: [Int] = []
        var level = json
        while let items = level.array {
            shape.append(items.count)
            guard let first = items.first else { break }
            level = first
        }
        var leaves: [JSONValue] = []
        try flatten(json, shape[...], into: &leaves)
        return try make(leaves, type, shape)
    }

    private static func flatten(
        _ json: JSONValue, _ shape: ArraySlice<Int>, into leaves: inout [JSONValue]
    ) throws {
        guard let extent = shape.first else {
            guard json.array == nil else { throw ragged }
            return leaves.append(json)
        }
        guard let items = json.array, items.count == extent else { throw ragged }
        for item in items { try flatten(item, shape.dropFirst(), into: &leaves) }
    }

    private static var ragged: HingeError {
        HingeError(.badData, "expected an array, found lists of different lengths")
    }

    private static func make(
        _ leaves: [JSONValue], _ type: DataType, _ shape: [Int]
    ) throws -> Tensor {
        func elements<Element: TensorElement>(
            _ convert: (JSONValue) -> Element?
        ) throws -> Tensor {
            try Tensor(
                leaves.map { leaf in
                    guard let element = convert(leaf) else {
                        throw HingeError(.badData, "expected a \(type), found \(leaf)")
                    }
                    return element
                }, shape: shape)
        }
        switch type {
        case .float32: return try elements { $0.double.map { Float($0) } }
        case .float64: return try elements(\.double)
        case .float16: return try elements { $0.double.map { Float16($0) } }
        case .bfloat16: return try elements { $0.double.map { BFloat16(Float($0)) } }
        case .int64: return try elements { $0.int.map { Int64($0) } }
        case .int32: return try elements { $0.int.flatMap { Int32(exactly: $0) } }
        case .int16: return try elements { $0.int.flatMap { Int16(exactly: $0) } }
        case .int8: return try elements { $0.int.flatMap { Int8(exactly: $0) } }
        case .uint64: return try elements { $0.int.flatMap { UInt64(exactly: $0) } }
        case .uint32: return try elements { $0.int.flatMap { UInt32(exactly: $0) } }
        case .uint16: return try elements { $0.int.flatMap { UInt16(exactly: $0) } }
        case .uint8: return try elements { $0.int.flatMap { UInt8(exactly: $0) } }
        case .bool:
            let values = leaves.compactMap(\.bool)
            guard values.count == leaves.count else {
                throw HingeError(.badData, "expected truth values, found something else")
            }
            return Tensor(values, shape: shape)
        default:
            throw HingeError(.unsupported, "arrays of type '\(type)' are not supported")
        }
    }

    /// An array as nested lists of numbers.
    static func json(_ tensor: Tensor) throws -> JSONValue {
        let isExact = tensor.dataType.isInteger
        let leaves: [JSONValue] =
            tensor.dataType == .bool
            ? try tensor.integers().map { .bool($0 != 0) }
            : isExact
                ? try tensor.integers().map { .integer($0) }
                : try tensor.doubles().map { .number($0) }
        return nest(leaves[...], tensor.shape[...])
    }

    private static func nest(_ leaves: ArraySlice<JSONValue>, _ shape: ArraySlice<Int>) -> JSONValue
    {
        guard let extent = shape.first else { return leaves.first ?? .null }
        guard extent > 0 else { return .array([]) }
        let size = leaves.count / extent
        return .array(
            (0..<extent).map { index in
                let start = leaves.startIndex + index * size
                return nest(leaves[start..<start + size], shape.dropFirst())
            })
    }
}
