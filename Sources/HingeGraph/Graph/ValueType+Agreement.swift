extension ValueType {
    /// Whether a value can have both types, as far as they are known.
    package func agrees(with other: ValueType) -> Bool {
        switch (self, other) {
        case (.tensor(let type, let shape), .tensor(let otherType, let otherShape)),
            (.sparseTensor(let type, let shape), .sparseTensor(let otherType, let otherShape)):
            guard type == nil || otherType == nil || type == otherType else { return false }
            guard let shape, let otherShape else { return true }
            return shape.rank == otherShape.rank
                && zip(shape.dimensions, otherShape.dimensions).allSatisfy {
                    $0.extent == nil || $1.extent == nil || $0 == $1
                }
        case (.sequence(let element), .sequence(let other)),
            (.optional(let element), .optional(let other)):
            guard let element, let other else { return true }
            return element.agrees(with: other)
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            guard key == nil || otherKey == nil || key == otherKey else { return false }
            guard let value, let otherValue else { return true }
            return value.agrees(with: otherValue)
        case (.opaque, .opaque): return self == other
        default: return false
        }
    }
}
