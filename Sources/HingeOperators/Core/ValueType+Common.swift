import HingeGraph

extension ValueType {
    /// What is known of a value that has either this type or another: extents that differ are unknown, and so is
    /// everything of a value that may or may not be optional.
    ///
    /// - Throws: ``HingeError`` with the code `mismatch` when no value may be of either type: tensors of two element
    ///   types, a tensor and a sequence.
    func common(with other: ValueType) throws -> ValueType? {
        switch (self, other) {
        case (.tensor(let type, let shape), .tensor(let otherType, let otherShape)):
            guard type == nil || otherType == nil || type == otherType else { break }
            return .tensor(type ?? otherType, shape?.common(with: otherShape))
        case (.sparseTensor(let type, let shape), .sparseTensor(let otherType, let otherShape)):
            guard type == nil || otherType == nil || type == otherType else { break }
            return .sparseTensor(type ?? otherType, shape?.common(with: otherShape))
        case (.sequence(let element), .sequence(let other)):
            return .sequence(try ValueType.common(element, other))
        case (.optional(let element), .optional(let other)):
            return .optional(try ValueType.common(element, other))
        case (.optional, _), (_, .optional): return nil
        default: if self == other { return self }
        }
        throw HingeError(.mismatch, "expected values of one type, found \(self) and \(other)")
    }

    /// What is known of a value of one of two types, of which one may be unknown.
    private static func common(_ a: ValueType?, _ b: ValueType?) throws -> ValueType? {
        guard let a, let b else { return nil }
        return try a.common(with: b)
    }
}

extension Shape {
    /// What two shapes have in common; `nil` if they differ in rank.
    func common(with other: Shape?) -> Shape? {
        guard let other, other.rank == rank else { return nil }
        return Shape(zip(dimensions, other.dimensions).map { $0 == $1 ? $0 : .unknown })
    }
}

extension Inferred {
    /// What is known of a value of which either this or something else is known.
    ///
    /// - Throws: ``HingeError`` with the code `mismatch` when no value may be either.
    func common(with other: Inferred) throws -> Inferred {
        var result = Inferred()
        if let type, let otherType = other.type { result.type = try type.common(with: otherType) }
        if let elements, let others = other.elements, elements.count == others.count,
            result.type?.shape != nil
        {
            result.elements = zip(elements, others).map { $0 == $1 ? $0 : .unknown }
        }
        return result
    }

    /// What stays known of a value of which only the type lasts.
    var withoutElements: Inferred { Inferred(type: type) }
}

extension Value {
    /// The type of the value.
    ///
    /// - Throws: ``HingeError`` when the elements of a sequence or map have no type in common.
    package var valueType: ValueType {
        get throws {
            func common(_ values: [Value]) throws -> ValueType? {
                guard let first = try values.first?.valueType else { return nil }
                return try values.dropFirst().reduce(first) { type, value in
                    try type?.common(with: value.valueType)
                }
            }
            return switch self {
            case .tensor(let tensor): .tensor(tensor.dataType, Shape(tensor.shape))
            case .sparseTensor(let tensor):
                .sparseTensor(tensor.values.dataType, Shape(tensor.shape))
            case .sequence(let values): .sequence(try common(values))
            case .optional(let value): .optional(try value?.valueType)
            case .map(let keys, let values):
                .map(key: keys.dataType, value: try common(values))
            }
        }
    }
}
