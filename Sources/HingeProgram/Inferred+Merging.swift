import HingeGraph
import HingeOperators

extension Inferred {
    /// This with what it doesn't know taken from a stated type.
    func filled(from declared: ValueType?) -> Inferred {
        guard let declared = declared?.withinLimits else { return self }
        guard let known = type else {
            var result = self
            result.type = declared
            return result
        }
        var result = self
        result.type = known.filled(from: declared)
        return result
    }

    /// This with each of constant and elements made from the other, where only one is known.
    var completed: Inferred {
        var result = self
        if let constant, elements == nil {
            result.elements = Inferred(constant: constant).elements
        } else if constant == nil, let values = elements.flatMap({ Shape($0).extents }),
            let shape = type?.shape, shape.rank <= 1,
            shape.rank == 1 || values.count == 1
        {
            let extents = shape.rank == 0 ? [] : [values.count]
            switch type?.dataType {
            case .int64:
                result.constant = Tensor(values.map { Int64($0) }, shape: extents)
            case .int32 where values.allSatisfy { Int32(exactly: $0) != nil }:
                result.constant = Tensor(values.map { Int32($0) }, shape: extents)
            case .bool where values.allSatisfy({ (0...1).contains($0) }):
                result.constant = Tensor(values.map { $0 == 1 }, shape: extents)
            default: break
            }
            if result.constant != nil { result.type = .tensor(type?.dataType, Shape(extents)) }
        }
        return result
    }
}

extension Shape {
    /// Finds the extents of symbolic dimensions that make this shape the given one.
    ///
    /// - Throws: ``HingeError`` when the given shape doesn't fit.
    func bind(to shape: Shape, _ symbols: inout [String: Shape.Dimension]) throws {
        let mismatch = HingeError(.mismatch, "expected shape \(self), found \(shape)")
        guard shape.rank == rank else { throw mismatch }
        for (stated, given) in zip(dimensions, shape.dimensions) {
            switch (stated, given) {
            case (.known(let extent), .known(let other)) where extent != other: throw mismatch
            case (.symbolic(let name), .known):
                if let bound = symbols[name], bound != given {
                    throw HingeError(
                        .mismatch, "expected \(name) = \(bound) as elsewhere, found \(given)")
                }
                symbols[name] = given
            default: break
            }
        }
    }
}

extension ValueType {
    /// This with what it doesn't know taken from another.
    fileprivate func filled(from declared: ValueType) -> ValueType {
        func filled(_ element: ValueType?, _ declared: ValueType?) -> ValueType? {
            guard let element, let declared else { return element ?? declared }
            return element.filled(from: declared)
        }
        switch (self, declared) {
        case (.tensor(let dataType, let shape), .tensor(let declaredType, let declaredShape)):
            var merged = shape ?? declaredShape
            if let shape, let declaredShape, shape.rank == declaredShape.rank {
                merged = Shape(
                    zip(shape.dimensions, declaredShape.dimensions).map {
                        switch ($0, $1) {
                        case (.unknown, _), (.computed, .known): $1
                        default: $0
                        }
                    })
            }
            return .tensor(dataType ?? declaredType, merged)
        case (.sequence(let element), .sequence(let declared)):
            return .sequence(filled(element, declared))
        case (.optional(let element), .optional(let declared)):
            return .optional(filled(element, declared))
        default: return self
        }
    }

    /// The type with nothing known of extents.
    var withoutExtents: ValueType {
        func unknown(_ shape: Shape?) -> Shape? {
            shape.map { Shape([Shape.Dimension](repeating: .unknown, count: $0.rank)) }
        }
        return switch self {
        case .tensor(let type, let shape): .tensor(type, unknown(shape))
        case .sparseTensor(let type, let shape): .sparseTensor(type, unknown(shape))
        case .sequence(let element): .sequence(element?.withoutExtents)
        case .optional(let element): .optional(element?.withoutExtents)
        case .map(let key, let value): .map(key: key, value: value?.withoutExtents)
        case .opaque: self
        }
    }

    /// The type as far as a value can have it: an extent that no tensor has is unknown.
    var withinLimits: ValueType {
        func bounded(_ shape: Shape?) -> Shape? {
            guard let shape, shape.rank <= Tensor.rankLimit else { return nil }
            let known = shape.dimensions.map { $0.extent ?? 1 }
            guard (try? Tensor.count(of: known)) != nil else {
                return Shape([Shape.Dimension](repeating: .unknown, count: shape.rank))
            }
            return shape
        }
        return switch self {
        case .tensor(let type, let shape): .tensor(type, bounded(shape))
        case .sparseTensor(let type, let shape): .sparseTensor(type, bounded(shape))
        case .sequence(let element): .sequence(element?.withinLimits)
        case .optional(let element): .optional(element?.withinLimits)
        case .map(let key, let value): .map(key: key, value: value?.withinLimits)
        case .opaque: self
        }
    }

    /// The type with the extents of symbolic dimensions put in.
    func binding(_ symbols: [String: Shape.Dimension]) -> ValueType {
        guard !symbols.isEmpty else { return self }
        func bound(_ shape: Shape?) -> Shape? {
            guard let shape else { return nil }
            return Shape(
                shape.dimensions.map { dimension in
                    if case .symbolic(let name) = dimension {
                        symbols[name] ?? dimension
                    } else {
                        dimension
                    }
                })
        }
        return switch self {
        case .tensor(let type, let shape): .tensor(type, bound(shape))
        case .sparseTensor(let type, let shape): .sparseTensor(type, bound(shape))
        case .sequence(let element): .sequence(element?.binding(symbols))
        case .optional(let element): .optional(element?.binding(symbols))
        case .map(let key, let value): .map(key: key, value: value?.binding(symbols))
        case .opaque: self
        }
    }
}
