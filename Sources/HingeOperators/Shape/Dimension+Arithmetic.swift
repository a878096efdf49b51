import HingeGraph

/// What is computed of dimensions, and of elements of shapes: a number, a name, or an expression of names; unknown where
/// an operand is, or where it can't be told.
extension Shape.Dimension {
    /// The product of dimensions.
    static func product(_ dimensions: some Sequence<Shape.Dimension>) -> Shape.Dimension {
        combining(dimensions, 1, absorbing: 0) { $0.times($1) }
    }

    /// The sum of dimensions.
    static func sum(_ dimensions: some Sequence<Shape.Dimension>) -> Shape.Dimension {
        combining(dimensions, 0, absorbing: nil) { $0.plus($1) }
    }

    /// Dimensions combined one after the other.
    ///
    /// - Parameter absorbing: A dimension with which any other gives itself.
    private static func combining(
        _ dimensions: some Sequence<Shape.Dimension>, _ neutral: Int, absorbing: Shape.Dimension?,
        _ combine: (Shape.Expression, Shape.Expression?) -> Shape.Expression?
    ) -> Shape.Dimension {
        var result: Shape.Expression? = Shape.Expression(neutral)
        for dimension in dimensions {
            if let absorbing, dimension == absorbing { return dimension }
            result = result.flatMap { combine($0, Shape.Expression(dimension)) }
        }
        return result?.dimension ?? .unknown
    }

    /// What a function of expressions makes of two dimensions.
    static func computed(
        _ a: Shape.Dimension, _ b: Shape.Dimension,
        _ combine: (Shape.Expression, Shape.Expression) -> Shape.Expression?
    ) -> Shape.Dimension {
        guard let a = Shape.Expression(a), let b = Shape.Expression(b) else { return .unknown }
        return combine(a, b)?.dimension ?? .unknown
    }

    /// What is left of a dimension without another.
    func minus(_ other: Shape.Dimension) -> Shape.Dimension {
        .computed(self, other) { $0.minus($1) }
    }

    /// The smaller one of two.
    static func smaller(_ a: Shape.Dimension, _ b: Shape.Dimension) -> Shape.Dimension {
        computed(a, b) { $0.smaller($1) }
    }

    /// The larger one of two.
    static func larger(_ a: Shape.Dimension, _ b: Shape.Dimension) -> Shape.Dimension {
        computed(a, b) { $0.larger($1) }
    }

    /// The quotient by a positive number, rounded down.
    func quotient(by divisor: Int) -> Shape.Dimension {
        Shape.Expression(self)?.quotient(by: divisor)?.dimension ?? .unknown
    }

    /// The quotient by a positive number, rounded up.
    func quotientRoundedUp(by divisor: Int) -> Shape.Dimension {
        Shape.Expression(self)?.quotientRoundedUp(by: divisor)?.dimension ?? .unknown
    }

    /// The quotient of two integers as they are divided: cut off.
    static func quotient(_ a: Shape.Dimension, _ b: Shape.Dimension) -> Shape.Dimension {
        if let a = a.extent, let b = b.extent {
            let (quotient, overflow) = a.dividedReportingOverflow(by: b)
            return overflow ? .unknown : .known(quotient)
        }
        return a.isNeverNegative ? computed(a, b) { $0.quotient(by: $1) } : .unknown
    }

    /// What is left of the division of an integer by a positive number.
    static func remainder(_ a: Shape.Dimension, _ b: Shape.Dimension) -> Shape.Dimension {
        guard let divisor = b.extent, divisor > 0, a.isNeverNegative else { return .unknown }
        return a.minus(.product([a.quotient(by: divisor), b]))
    }

    /// Whether it is zero or more, whatever the named extents are; `false` where that can't be told.
    var isNeverNegative: Bool { Shape.Expression(self)?.isNeverNegative ?? false }

    /// Whether one is less than the other, or equal, as far as it can be told.
    static func isAtMost(_ a: Shape.Dimension, _ b: Shape.Dimension) -> Bool? {
        guard let difference = Shape.Expression(b)?.minus(Shape.Expression(a)) else { return nil }
        if difference.isNeverNegative { return true }
        // Of whole numbers, the other one is greater by 1 at least.
        return difference.times(-1)?.minus(Shape.Expression(1))?.isNeverNegative == true
            ? false : nil
    }

    /// Whether one is less than the other, as far as it can be told.
    static func isLess(_ a: Shape.Dimension, _ b: Shape.Dimension) -> Bool? {
        isAtMost(b, a).map { !$0 }
    }

    /// Whether two are equal, as far as it can be told.
    static func areEqual(_ a: Shape.Dimension, _ b: Shape.Dimension) -> Bool? {
        if a == b { return a == .unknown ? nil : true }
        return isLess(a, b) == true || isLess(b, a) == true ? false : nil
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
        case (.known, _), (.symbolic, .unknown), (.symbolic, .symbolic), (.symbolic, .computed),
            (.computed, .unknown), (.computed, .computed):
            return self
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
