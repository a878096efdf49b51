import Foundation
import HingeGraph
import HingeOperators

/// Tensors written in JSON: numbers, booleans or strings in arrays in arrays, all of one length at each depth; and maps,
/// which are objects of them.
enum JSONTensor {
    /// The largest file that is read as JSON, in bytes.
    static let byteLimit = 256 << 20

    /// Whether a file begins as a JSON array or object does, or is a number.
    static func looksLikeJSON(_ region: MemoryRegion) -> Bool {
        let spaces = Set(" \t\r\n".utf8)
        guard let first = region.bytes.first(where: { !spaces.contains($0) }) else { return false }
        return "[{-".utf8.contains(first)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    }

    /// Reads a tensor; a map from an object, and a sequence of maps from an array of objects.
    ///
    /// - Parameters:
    ///   - region: The file.
    ///   - type: The type that is wanted; otherwise strings, booleans, int64 or float32, as the elements are.
    /// - Throws: ``HingeError`` when the text isn't JSON, or the arrays are ragged.
    static func value(_ region: MemoryRegion, type: ValueType?) throws -> Value {
        let document = try document(region)
        if let object = document as? [String: Any] { return try map(object, type) }
        if let objects = document as? [[String: Any]], !objects.isEmpty {
            var element: ValueType?
            if case .sequence(let type) = type { element = type }
            return .sequence(try objects.map { try map($0, element) })
        }
        return .tensor(try tensor(document, type?.dataType))
    }

    /// A map, in ascending order of its keys.
    private static func map(_ object: [String: Any], _ type: ValueType?) throws -> Value {
        var (keyType, valueType) = (DataType.string, DataType?.none)
        if case .map(let key, let value) = type {
            (keyType, valueType) = (key ?? .string, value?.dataType)
        }
        let words = object.keys.sorted()
        let keys = try Tensor(strings: words.map { ByteString($0) }, shape: [words.count])
            .converted(to: keyType)
        return .map(
            keys: keys, values: try words.map { .tensor(try tensor(object[$0] ?? "", valueType)) })
    }

    private static func document(_ region: MemoryRegion) throws -> Any {
        guard region.byteCount <= byteLimit else {
            throw HingeError(.limit, "a JSON file of more than \(byteLimit) bytes is not read")
        }
        do {
            return try JSONSerialization.jsonObject(
                with: Data(region.bytes), options: [.fragmentsAllowed])
        } catch {
            throw HingeError(.badData, "not valid JSON: \(reason(error))", underlying: error)
        }
    }

    private static func tensor(_ document: Any, _ wanted: DataType?) throws -> Tensor {
        var shape: [Int] = []
        var elements: [Any] = []
        try flatten(document, depth: 0, &shape, &elements)
        return try tensor(elements, shape, wanted)
    }

    private static func reason(_ error: any Error) -> String {
        let text = (error as NSError).userInfo["NSDebugDescription"] as? String
        return text ?? "the text cannot be parsed"
    }

    private static func flatten(
        _ value: Any, depth: Int, _ shape: inout [Int], _ elements: inout [Any]
    ) throws {
        guard let array = value as? [Any] else {
            guard depth == shape.count else { throw ragged() }
            return elements.append(value)
        }
        if depth == shape.count {
            guard elements.isEmpty else { throw ragged() }
            shape.append(array.count)
        }
        guard shape[depth] == array.count else { throw ragged() }
        for element in array { try flatten(element, depth: depth + 1, &shape, &elements) }
    }

    private static func ragged() -> HingeError {
        HingeError(.badData, "the arrays at one depth differ in length")
    }

    private static func tensor(
        _ elements: [Any], _ shape: [Int], _ wanted: DataType?
    ) throws -> Tensor {
        if let strings = elements as? [String], !strings.isEmpty || wanted == .string {
            return try Tensor(strings: strings.map { ByteString($0) }, shape: shape)
        }
        guard let numbers = elements as? [NSNumber] else {
            throw HingeError(.badData, "expected numbers, or strings only")
        }
        let type = wanted ?? guess(numbers)
        func integers<T: FixedWidthInteger & TensorElement>(_ type: T.Type) throws -> Tensor {
            Tensor(
                try numbers.map { number in
                    let element =
                        number.doubleValue < 0
                        ? T(exactly: number.int64Value) : T(exactly: number.uint64Value)
                    guard let element, Double(element) == number.doubleValue else {
                        throw HingeError(.mismatch, "\(number) does not fit \(T.dataType)")
                    }
                    return element
                }, shape: shape)
        }
        switch type {
        case .float32: return Tensor(numbers.map(\.floatValue), shape: shape)
        case .float64: return Tensor(numbers.map(\.doubleValue), shape: shape)
        case .float16: return Tensor(numbers.map { Float16($0.floatValue) }, shape: shape)
        case .bfloat16: return Tensor(numbers.map { BFloat16($0.floatValue) }, shape: shape)
        case .bool: return Tensor(numbers.map(\.boolValue), shape: shape)
        case .int8: return try integers(Int8.self)
        case .int16: return try integers(Int16.self)
        case .int32: return try integers(Int32.self)
        case .int64: return try integers(Int64.self)
        case .uint8: return try integers(UInt8.self)
        case .uint16: return try integers(UInt16.self)
        case .uint32: return try integers(UInt32.self)
        case .uint64: return try integers(UInt64.self)
        default: throw HingeError(.unsupported, "a JSON file cannot give a \(type) tensor")
        }
    }

    private static func guess(_ numbers: [NSNumber]) -> DataType {
        let kinds = Set(numbers.map { String(cString: $0.objCType) })
        if kinds == ["c"] || kinds == ["B"] { return .bool }
        return kinds.isDisjoint(with: ["d", "f"]) && !numbers.isEmpty ? .int64 : .float32
    }
}
