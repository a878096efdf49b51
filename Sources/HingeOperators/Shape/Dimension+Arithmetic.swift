import HingeGraph

extension Shape.Dimension {
    /// The product of dimensions, as far as it can be told: known, or one symbol alone.
    static func product(_ dimensions: some Sequence<Shape.Dimension>) -> Shape.Dimension {
        var known = 1
        var others: [Shape.Dimension] = []
        for dimension in dimensions {
            guard let extent = dimension.extent else {
                others.append(dimension)
                continue
            }
            let (product, overflow) = known.multipliedReportingOverflow(by: extent)
            if overflow { return .unknown }
            known = product
        }
        if known == 0 || others.isEmpty { return .known(known) }
        return known == 1 && others.count == 1 ? others[0] : .unknown
    }

    /// The sum of dimensions, as far as it can be told: known, or one symbol alone.
    static func sum(_ dimensions: some Sequence<Shape.Dimension>) -> Shape.Dimension {
        var known = 0
        var others: [Shape.Dimension] = []
        for dimension in dimensions {
            guard let extent = dimension.extent else {
                others.append(dimension)
                continue
            }
            let (sum, overflow) = known.addingReportingOverflow(extent)
            if overflow { return .unknown }
            known = sum
        }
        if others.isEmpty { return .known(known) }
        return known == 0 && others.count == 1 ? others[0] : .unknown
    }

    /// Of two dimensions that must be equal, the one that says more.
    ///
    /// - Throws: ``HingeError`` when they surely differ.
    func merged(with other: Shape.Dimension) throws -> Shape.Dimension {
        switch (self, other) {
        case (.known(let extent), .known(let second)):
            guard extent == second else {
                throw HingeError(.mismatch, "dimensions \(extent) and \(second) differ")
            }
            return self
        case (.known, _), (.symbolic, .unknown), (.symbolic, .symbolic): return self
        default: return other
        }
    }
}

extension Shape {
    /// A shape of which only the rank is known.
    static func unknown(rank: Int) -> Shape {
        Shape([Shape.Dimension](repeating: .unknown, count: rank))
    }
}

extension InferenceContext {
    /// Axes of a value of the given rank, made non-negative.
    ///
    /// - Throws: ``HingeError`` when one is out of range or occurs twice.
    package static func axes(_ axes: [Int], rank: Int) throws -> [Int] {
        let result = try axes.map { axis -> Int in
            let index = axis < 0 ? axis + rank : axis
            guard (0..<rank).contains(index) else {
                throw HingeError(
                    .mismatch, "expected axes from \(-rank) to \(rank - 1), found \(axis)",
                    at: [.attribute("axes")])
            }
            return index
        }
        guard Set(result).count == result.count else {
            throw HingeError(
                .mismatch, "expected axes that differ, found \(axes)", at: [.attribute("axes")])
        }
        return result
    }

    /// The most dimensions that the length of a vector is taken for.
    private static let lengthLimit = 1 << 12

    /// The number of elements of the vector that is the input at `index`, if it is known and not out of proportion.
    func length(_ index: Int) -> Int? {
        guard let shape = shape(index), shape.rank == 1, let extent = shape[0].extent,
            (0...InferenceContext.lengthLimit).contains(extent)
        else { return nil }
        return extent
    }
}

extension Speller {
    /// Axes as versions without negative ones have them.
    ///
    /// - Throws: ``HingeError`` when an axis is negative and the rank of input 0 isn't known.
    func nonNegative(_ axes: [Int], before version: Int) throws -> [Int] {
        guard opset < version, axes.contains(where: { $0 < 0 }) else { return axes }
        guard let rank = shape(0)?.rank else {
            throw HingeError(
                .unsupported,
                "the rank of input 0 must be known to write a negative axis for opset \(opset)")
        }
        return try InferenceContext.axes(axes, rank: rank)
    }
}
