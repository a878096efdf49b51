import HingeGraph

/// The places of keys in a vector: of strings by their bytes, of numbers by their value.
///
/// Every NaN is the same key, and so are both zeros. Of a key that occurs twice, the last place counts.
struct KeyTable: Sendable {
    private var numbers: [UInt64: Int] = [:]
    private var words: [ByteString: Int] = [:]
    private let isReal: Bool
    private let type: DataType

    /// - Throws: ``HingeError`` when the keys are no strings, integers or real numbers.
    init(_ keys: Tensor) throws {
        type = keys.dataType
        isReal = keys.dataType.isFloatingPoint
        if let strings = keys.strings {
            for (place, word) in strings.enumerated() { words[word] = place }
        } else {
            for (place, key) in try keys.lookupKeys(isReal: isReal).enumerated() {
                if let key { numbers[key] = place }
            }
        }
    }

    /// The place of each element of a tensor, `nil` for one that is no key.
    ///
    /// Where the keys are integers, real elements are cut off.
    ///
    /// - Throws: ``HingeError`` when strings are looked up among numbers or the other way round.
    func places(_ x: Tensor) throws -> [Int?] {
        try MemoryLimit.checkArray(of: Int?.self, count: x.count)
        guard (x.dataType == .string) == (type == .string) else {
            throw HingeError(.mismatch, "expected elements of type \(type), found \(x.dataType)")
        }
        if let strings = x.strings { return strings.map { words[$0] } }
        return try x.lookupKeys(isReal: isReal).map { $0.flatMap { numbers[$0] } }
    }
}

extension Tensor {
    /// The bits by which numbers are looked up: those of a `Double`, or of an `Int64`; `nil` where a real number is
    /// beyond any integer.
    fileprivate func lookupKeys(isReal: Bool) throws -> [UInt64?] {
        try MemoryLimit.checkArray(of: UInt64?.self, count: count)
        if isReal {
            return try doubles().map { $0.isNaN ? Double.nan.bitPattern : ($0 + 0).bitPattern }
        }
        guard dataType.isFloatingPoint else {
            return try integers().map { UInt64(bitPattern: Int64($0)) }
        }
        return try doubles().map { value in
            Int64(exactly: value.rounded(.towardZero)).map { UInt64(bitPattern: $0) }
        }
    }
}

extension Tensor {
    /// A vector, and one more element behind it.
    ///
    /// - Throws: ``HingeError`` when the types differ, or there is not just one element.
    func appending(_ element: Tensor) throws -> Tensor {
        guard element.count == 1 else {
            throw HingeError(.badData, "expected one element, found shape \(element.shape)")
        }
        var context = EvaluationContext(
            inputs: [
                .tensor(try reshaped(to: [count])), .tensor(try element.reshaped(to: [1])),
            ])
        try Concat(axis: 0).evaluate(&context)
        guard let result = context.outputs[0]?.tensor else {
            throw HingeError(.internalError, "a concatenation gave nothing")
        }
        return result
    }

    /// A vector of strings.
    static func vector(_ strings: [ByteString]) throws -> Tensor {
        try Tensor(strings: strings, shape: [strings.count])
    }
}
