import HingeGraph

/// A function of two numbers, given once for the types that evaluation computes in.
protocol BinaryFunction: Sendable {
    /// The work of one pair, as `parallelFor` counts it.
    static var cost: Int { get }
    func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T
}

extension BinaryFunction {
    static var cost: Int { 1 }
}

/// A function of two integers.
protocol BinaryIntegerFunction: Sendable {
    func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T
}

/// A question about two numbers.
protocol BinaryPredicate: Sendable {
    func callAsFunction<T: Comparable>(_ a: T, _ b: T) -> Bool
}

extension EvaluationContext {
    /// Writes a function of each pair of elements of inputs 0 and 1, which broadcast, to output 0.
    mutating func map(
        _ function: some BinaryFunction, _ integerFunction: some BinaryIntegerFunction
    ) throws {
        let pair = try Pair(input(0), input(1))
        let y = try output(0, pair.a.dataType, pair.shape)
        guard try pair.mapFloating(to: y, function) || pair.mapIntegers(to: y, integerFunction)
        else {
            throw pair.a.notSupported()
        }
    }

    /// Writes a function of each pair of elements of inputs 0 and 1, floating-point numbers that broadcast, to
    /// output 0.
    mutating func map(_ function: some BinaryFunction) throws {
        let pair = try Pair(input(0), input(1))
        let y = try output(0, pair.a.dataType, pair.shape)
        guard try pair.mapFloating(to: y, function) else { throw pair.a.notSupported() }
    }

    /// Writes a function of each pair of elements of inputs 0 and 1, integers that broadcast, to output 0.
    mutating func mapIntegers(_ function: some BinaryIntegerFunction) throws {
        let pair = try Pair(input(0), input(1))
        let y = try output(0, pair.a.dataType, pair.shape)
        guard try pair.mapIntegers(to: y, function) else { throw pair.a.notSupported() }
    }

    /// Writes whether `predicate` holds for each pair of elements of inputs 0 and 1, numbers or booleans that
    /// broadcast, to output 0.
    mutating func compare(_ predicate: some BinaryPredicate) throws {
        let pair = try Pair(input(0), input(1))
        let y = try output(0, .bool, pair.shape)
        switch pair.a.dataType {
        case .float32: try Comparison<_, Float>(predicate).run(y, pair.a, pair.b, pair.runs)
        case .float64: try Comparison<_, Double>(predicate).run(y, pair.a, pair.b, pair.runs)
        case .float16: try Comparison<_, Float16>(predicate).run(y, pair.a, pair.b, pair.runs)
        case .bfloat16: try Comparison<_, BFloat16>(predicate).run(y, pair.a, pair.b, pair.runs)
        case .int8: try Comparison<_, Int8>(predicate).run(y, pair.a, pair.b, pair.runs)
        case .int16: try Comparison<_, Int16>(predicate).run(y, pair.a, pair.b, pair.runs)
        case .int32: try Comparison<_, Int32>(predicate).run(y, pair.a, pair.b, pair.runs)
        case .int64: try Comparison<_, Int64>(predicate).run(y, pair.a, pair.b, pair.runs)
        case .uint8: try Comparison<_, UInt8>(predicate).run(y, pair.a, pair.b, pair.runs)
        case .uint16: try Comparison<_, UInt16>(predicate).run(y, pair.a, pair.b, pair.runs)
        case .uint32: try Comparison<_, UInt32>(predicate).run(y, pair.a, pair.b, pair.runs)
        case .uint64: try Comparison<_, UInt64>(predicate).run(y, pair.a, pair.b, pair.runs)
        case .bool: try BooleanComparison(predicate).run(y, pair.a, pair.b, pair.runs)
        default: throw pair.a.notSupported()
        }
    }

    /// Writes a function of each pair of elements of inputs 0 and 1, booleans that broadcast, to output 0.
    ///
    /// The function sees them as 0 and 1.
    mutating func mapBooleans(_ function: some BinaryIntegerFunction) throws {
        let pair = try Pair(input(0), input(1))
        guard pair.a.dataType == .bool else { throw pair.a.notSupported() }
        let y = try output(0, .bool, pair.shape)
        try BooleanPair(function).run(y, pair.a, pair.b, pair.runs)
    }

    /// Writes a function of all inputs, taken two at a time from the left, to output 0.
    mutating func reduceInputs(
        _ function: some BinaryFunction, _ integerFunction: some BinaryIntegerFunction
    ) throws {
        try reduceInputs {
            try $0.mapFloating(to: $1, function) || $0.mapIntegers(to: $1, integerFunction)
        }
    }

    /// Writes a function of all inputs, floating-point numbers taken two at a time from the left, to output 0.
    mutating func reduceInputs(_ function: some BinaryFunction) throws {
        try reduceInputs { try $0.mapFloating(to: $1, function) }
    }

    private mutating func reduceInputs(_ combine: (Pair, OutputTensor) throws -> Bool) throws {
        guard inputs.count > 1 else { return set(0, try input(0)) }
        var left = try input(0)
        for index in 1..<inputs.count {
            let pair = try Pair(left, input(index))
            var step = EvaluationContext(inputs: [])
            let y =
                index == inputs.count - 1
                ? try output(0, left.dataType, pair.shape)
                : try step.output(0, left.dataType, pair.shape)
            guard try combine(pair, y) else { throw left.notSupported() }
            if let result = step.outputs[0]?.tensor { left = result }
        }
    }
}

/// Two tensors of one type that broadcast.
struct Pair {
    let a: Tensor
    let b: Tensor
    /// The shape that they broadcast to.
    let shape: [Int]
    /// How they and the result are walked.
    let runs: StridedRuns

    /// - Throws: ``HingeError`` when the element types differ or the shapes don't broadcast.
    init(_ a: Tensor, _ b: Tensor) throws {
        try Tensor.requireSameType(a, b)
        self.a = a
        self.b = b
        shape = try Broadcast.shape(a.shape, b.shape)
        runs = StridedRuns(shape, broadcasting: [a.shape, b.shape, shape])
    }

    /// Writes `function` of each pair of elements; false when they aren't of a floating-point type with 16 bits
    /// or more.
    func mapFloating(to y: OutputTensor, _ function: some BinaryFunction) throws -> Bool {
        switch a.dataType {
        case .float32: try RealPair<_, Float>(function).run(y, a, b, runs)
        case .float64: try RealPair<_, Double>(function).run(y, a, b, runs)
        case .float16: try RealPair<_, Float16>(function).run(y, a, b, runs)
        case .bfloat16: try RealPair<_, BFloat16>(function).run(y, a, b, runs)
        default: return false
        }
        return true
    }

    /// Writes `function` of each pair of elements; false when they aren't integers with 8 bits or more.
    func mapIntegers(to y: OutputTensor, _ function: some BinaryIntegerFunction) throws -> Bool {
        switch a.dataType {
        case .int8: try IntegerPair<_, Int8>(function).run(y, a, b, runs)
        case .int16: try IntegerPair<_, Int16>(function).run(y, a, b, runs)
        case .int32: try IntegerPair<_, Int32>(function).run(y, a, b, runs)
        case .int64: try IntegerPair<_, Int64>(function).run(y, a, b, runs)
        case .uint8: try IntegerPair<_, UInt8>(function).run(y, a, b, runs)
        case .uint16: try IntegerPair<_, UInt16>(function).run(y, a, b, runs)
        case .uint32: try IntegerPair<_, UInt32>(function).run(y, a, b, runs)
        case .uint64: try IntegerPair<_, UInt64>(function).run(y, a, b, runs)
        default: return false
        }
        return true
    }
}

extension Tensor {
    /// - Throws: ``HingeError`` when the element types differ.
    static func requireSameType(_ a: Tensor, _ b: Tensor) throws {
        try a.dataType.requireSame(b.dataType)
    }

    /// - Throws: ``HingeError`` when the element types differ.
    static func requireSameType(_ a: KnownTensor, _ b: KnownTensor) throws {
        try a.dataType.requireSame(b.dataType)
    }
}

extension DataType {
    fileprivate func requireSame(_ other: DataType) throws {
        guard self == other else {
            throw HingeError(.mismatch, "expected inputs of one type, found \(self) and \(other)")
        }
    }
}

private struct RealPair<Function: BinaryFunction, T: NumberElement>: PairFunction
where T.Computed: RealElement {
    static var cost: Int { Function.cost }
    let function: Function
    @inline(__always) init(_ function: Function) { self.function = function }
    @inline(__always)
    func callAsFunction(_ a: T, _ b: T) -> T { T(computed: function(a.computed, b.computed)) }
}

private struct IntegerPair<
    Function: BinaryIntegerFunction, T: TensorElement & FixedWidthInteger
>: PairFunction {
    let function: Function
    @inline(__always) init(_ function: Function) { self.function = function }
    @inline(__always)
    func callAsFunction(_ a: T, _ b: T) -> T { function(a, b) }
}

private struct Comparison<Predicate: BinaryPredicate, T: NumberElement>: PairFunction {
    let predicate: Predicate
    @inline(__always) init(_ predicate: Predicate) { self.predicate = predicate }
    @inline(__always)
    func callAsFunction(_ a: T, _ b: T) -> UInt8 { predicate(a.computed, b.computed) ? 1 : 0 }
}

/// Booleans are stored as bytes, every one of which but 0 is true.
private struct BooleanComparison<Predicate: BinaryPredicate>: PairFunction {
    let predicate: Predicate
    @inline(__always) init(_ predicate: Predicate) { self.predicate = predicate }
    @inline(__always)
    func callAsFunction(_ a: UInt8, _ b: UInt8) -> UInt8 {
        predicate(UInt8(a == 0 ? 0 : 1), UInt8(b == 0 ? 0 : 1)) ? 1 : 0
    }
}

/// Booleans are stored as bytes, every one of which but 0 is true.
private struct BooleanPair<Function: BinaryIntegerFunction>: PairFunction {
    let function: Function
    @inline(__always) init(_ function: Function) { self.function = function }
    @inline(__always)
    func callAsFunction(_ a: UInt8, _ b: UInt8) -> UInt8 {
        function(UInt8(a == 0 ? 0 : 1), UInt8(b == 0 ? 0 : 1))
    }
}
