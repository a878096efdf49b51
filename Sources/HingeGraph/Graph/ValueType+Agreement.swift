extension ValueType {
    /// Whether a value can have both types, as far as they are known.
    package func agrees(with other: ValueType) -> Bool {
        switch (self, other) {
        case (.tensor(let type, let shape), .tensor(let otherType, let otherShape)),
            (.sparseTensor(let type, let shape), .sparseTensor(let otherType, let otherShape)):
            guard type == nil || otherType == nil || type == otherType else { return false }
            guard let shape, let otherShape else { return true }
            return shape.agrees(with: otherShape)
        case (.sequence(let element), .sequence(let other)),
            (.optional(let element), .optional(let other)):
            return ValueType.agree(element, other)
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            guard key == nil || otherKey == nil || key == otherKey else { return false }
            return ValueType.agree(value, otherValue)
        case (.opaque, .opaque): return self == other
        default: return false
        }
    }

    /// Whether a value can have both types, as far as they are known; `nil` is one of which nothing is known.
    package static func agree(_ first: ValueType?, _ second: ValueType?) -> Bool {
        guard let first, let second else { return true }
        return first.agrees(with: second)
    }
}

extension Shape {
    /// Whether a tensor can have both shapes, as far as their extents are known.
    package func agrees(with other: Shape) -> Bool {
        rank == other.rank
            && zip(dimensions, other.dimensions).allSatisfy { $0.agrees(with: $1) }
    }
}

extension Shape.Dimension {
    /// Whether both can be the same extent, as far as they are known.
    package func agrees(with other: Shape.Dimension) -> Bool {
        guard let extent, let otherExtent = other.extent else { return true }
        return extent == otherExtent
    }
}
