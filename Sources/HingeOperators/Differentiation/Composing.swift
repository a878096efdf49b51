import HingeGraph

/// Whatever steps are appended to.
protocol Composing {
    /// The steps so far.
    var composition: Composition { get set }
}

extension Composition: Composing {
    var composition: Composition {
        get { self }
        _modify { yield &self }
    }
}

// MARK: - Arithmetic

extension Composing {
    typealias Term = Composition.Operand

    private mutating func step(_ operation: any Operator, _ inputs: Term?...) throws -> Term {
        try composition.append(operation, inputs, outputCount: 1)[0]
    }

    /// A scalar of the element type of a value.
    mutating func scalar(_ value: Double, like operand: Term) throws -> Term {
        let type = try composition.dataType(operand)
        return composition.constant(try Tensor(filledWith: value, type, shape: []))
    }

    /// `a + b`.
    mutating func add(_ a: Term, _ b: Term) throws -> Term { try step(Add(), a, b) }

    /// `a + b`.
    mutating func add(_ a: Term, _ b: Double) throws -> Term {
        try step(Add(), a, scalar(b, like: a))
    }

    /// `a − b`.
    mutating func subtract(_ a: Term, _ b: Term) throws -> Term { try step(Sub(), a, b) }

    /// `a − b`.
    mutating func subtract(_ a: Double, _ b: Term) throws -> Term {
        try step(Sub(), scalar(a, like: b), b)
    }

    /// `a · b`.
    mutating func multiply(_ a: Term, _ b: Term) throws -> Term { try step(Mul(), a, b) }

    /// `a · b`; `a` itself where `b` is 1.
    mutating func multiply(_ a: Term, _ b: Double) throws -> Term {
        b == 1 ? a : try step(Mul(), a, scalar(b, like: a))
    }

    /// `a / b`.
    mutating func divide(_ a: Term, _ b: Term) throws -> Term { try step(Div(), a, b) }

    /// `a / b`.
    mutating func divide(_ a: Double, _ b: Term) throws -> Term {
        try step(Div(), scalar(a, like: b), b)
    }

    /// `−a`.
    mutating func negate(_ a: Term) throws -> Term { try step(Neg(), a) }

    /// `a²`.
    mutating func square(_ a: Term) throws -> Term { try step(Mul(), a, a) }

    /// `aᵇ`.
    mutating func power(_ a: Term, _ b: Double) throws -> Term {
        b == 1 ? a : b == 2 ? try square(a) : try step(Pow(), a, scalar(b, like: a))
    }

    /// The elements of `a` where the condition holds, and zeros elsewhere.
    mutating func keep(_ a: Term, where condition: Term) throws -> Term {
        try step(Where(), condition, a, scalar(0, like: a))
    }

    /// `a` where the condition holds, else `b`.
    mutating func select(_ condition: Term, _ a: Term, _ b: Term) throws -> Term {
        try step(Where(), condition, a, b)
    }

    /// `a > b`.
    mutating func isGreater(_ a: Term, than b: Double) throws -> Term {
        try step(Greater(), a, scalar(b, like: a))
    }

    /// `a < b`.
    mutating func isLess(_ a: Term, than b: Double) throws -> Term {
        try step(Less(), a, scalar(b, like: a))
    }

    /// A condition as numbers, 0 and 1, of the element type of a value.
    mutating func number(_ condition: Term, like operand: Term) throws -> Term {
        try step(Cast(to: composition.dataType(operand)), condition)
    }
}

// MARK: - Shapes

extension Composing {
    /// A vector of `int64`.
    mutating func integers(_ values: [Int]) -> Term {
        composition.constant(Tensor(values.map { Int64($0) }))
    }

    /// The shape of a value, `int64[rank]`; a constant where it is known.
    mutating func shape(of operand: Term) throws -> Term {
        if let extents = composition.shape(operand)?.extents { return integers(extents) }
        return try step(ShapeOf(), operand)
    }

    /// The extent of a dimension of a value, `int64[1]`; a constant where it is known.
    mutating func extent(of operand: Term, _ axis: Int) throws -> Term {
        if let extent = try composition.knownShape(operand)[axis].extent {
            return integers([extent])
        }
        return try step(Gather(axis: 0), step(ShapeOf(), operand), integers([axis]))
    }

    /// A value in the shape of another.
    mutating func reshape(_ operand: Term, like other: Term) throws -> Term {
        let (from, to) = (composition.shape(operand), composition.shape(other))
        if let from, from == to, !from.dimensions.contains(.unknown) { return operand }
        return try reshape(operand, to: shape(of: other))
    }

    /// A value in a shape, `int64[rank]`, in which 0 is an extent and −1 the one that is left.
    mutating func reshape(_ operand: Term, to shape: Term) throws -> Term {
        // Versions before 14 can't say that a 0 is an extent.
        let known = composition.constantValue(shape).flatMap { try? $0.integers() }
        let allowsZero = known.map { $0.contains(0) && !$0.contains(-1) } ?? true
        return try step(Reshape(allowsZero: allowsZero), operand, shape)
    }

    /// A value in a shape with given extents, of which one may be −1 and 0 copies that of the value.
    mutating func reshape(_ operand: Term, to shape: [Int]) throws -> Term {
        try step(Reshape(), operand, integers(shape))
    }

    /// A number repeated to the shape of a value, in its element type.
    mutating func filled(_ number: Double, like operand: Term) throws -> Term {
        let type = try composition.dataType(operand)
        let value = try Tensor(filledWith: number, type, shape: [1])
        return try step(ConstantOfShape(value), shape(of: operand))
    }

    /// A value broadcast to the shape of another.
    mutating func expand(_ operand: Term, like other: Term) throws -> Term {
        try step(Expand(), operand, shape(of: other))
    }

    /// The sum over axes.
    mutating func sum(_ operand: Term, along axes: [Int], keep: Bool = true) throws -> Term {
        if axes.isEmpty { return operand }
        return try step(ReduceSum(keepsDimensions: keep), operand, integers(axes))
    }

    /// The sum over what a value of another's shape is repeated along to get this one's.
    ///
    /// Where shapes aren't known, what is summed over is found at run time.
    mutating func sum(_ operand: Term, toShapeOf target: Term) throws -> Term {
        guard let from = composition.shape(operand), let to = composition.shape(target),
            to.rank <= from.rank, let kept = Self.repeatedAxes(from, to)
        else { return try sum(operand, toComputedShapeOf: target) }
        let leading = Array(0..<from.rank - to.rank)
        let sum = try sum(operand, along: leading, keep: false)
        return try self.sum(sum, along: kept)
    }

    /// The axes of a shape that another, whose dimensions are its last ones, is repeated along; `nil` where that isn't known.
    private static func repeatedAxes(_ from: Shape, _ to: Shape) -> [Int]? {
        var axes: [Int] = []
        for axis in to.dimensions.indices {
            let (wide, narrow) = (from[from.rank - to.rank + axis], to[axis])
            if wide == 1 { continue }
            switch narrow {
            case .known(1): axes.append(axis)
            case .known: break
            default: if wide == .unknown || wide != narrow { return nil }
            }
        }
        return axes
    }

    private mutating func sum(_ operand: Term, toComputedShapeOf target: Term) throws -> Term {
        let shape = try step(ShapeOf(), target)
        let missing = try step(
            Sub(), step(SizeOf(), step(ShapeOf(), operand)), step(SizeOf(), shape))
        let ones = try step(
            ConstantOfShape(Tensor([1 as Int64])), step(Unsqueeze(), missing, integers([0])))
        let extents = try step(Concat(axis: 0), ones, shape)
        let isOne = try step(Equal(), extents, composition.constant(Tensor([1 as Int64])))
        let axes = try step(Squeeze(), step(NonZero(), isOne), integers([0]))
        let sum = try step(ReduceSum(isIdentityWithoutAxes: true), operand, axes)
        return try step(Reshape(allowsZero: true), sum, shape)
    }

    /// A value with the last two dimensions, or those of a rank, in the other order.
    mutating func transposed(_ operand: Term) throws -> Term {
        let rank = try composition.knownShape(operand).rank
        var order = Array(0..<rank)
        order.swapAt(rank - 1, rank - 2)
        return try step(Transpose(order), operand)
    }

    /// The axis of an operator, not negative.
    func axis(_ axis: Int, of operand: Term) throws -> Int {
        if axis >= 0 { return axis }
        return try InferenceContext.axis(axis, rank: composition.knownShape(operand).rank)
    }
}
