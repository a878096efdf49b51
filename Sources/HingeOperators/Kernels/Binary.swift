import HingeGraph

/// A function of two numbers, given once for the types that evaluation computes in.
protocol BinaryFunction: Sendable {
    func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T
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
        let y = try output(0, pair.a.dataType, pair.broadcast.shape)
        guard pair.mapFloating(to: y, function) || pair.mapIntegers(to: y, integerFunction) else {
            throw pair.a.notSupported()
        }
    }

    /// Writes a function of each pair of elements of inputs 0 and 1, floating-point numbers that broadcast, to
    /// output 0.
    mutating func map(_ function: some BinaryFunction) throws {
        let pair = try Pair(input(0), input(1))
        let y = try output(0, pair.a.dataType, pair.broadcast.shape)
        guard pair.mapFloating(to: y, function) else { throw pair.a.notSupported() }
    }

    /// Writes a function of each pair of elements of inputs 0 and 1, integers that broadcast, to output 0.
    mutating func mapIntegers(_ function: some BinaryIntegerFunction) throws {
        let pair = try Pair(input(0), input(1))
        let y = try output(0, pair.a.dataType, pair.broadcast.shape)
        guard pair.mapIntegers(to: y, function) else { throw pair.a.notSupported() }
    }

    /// Writes whether `predicate` holds for each pair of elements of inputs 0 and 1, numbers or booleans that
    /// broadcast, to output 0.
    mutating func compare(_ predicate: some BinaryPredicate) throws {
        let pair = try Pair(input(0), input(1))
        let y = try output(0, .bool, pair.broadcast.shape)
        switch pair.a.dataType {
        case .float32: pair.combine(y, Comparison<_, Float>(predicate))
        case .float64: pair.combine(y, Comparison<_, Double>(predicate))
        case .float16: pair.combine(y, Comparison<_, Float16>(predicate))
        case .bfloat16: pair.combine(y, Comparison<_, BFloat16>(predicate))
        case .int8: pair.combine(y, Comparison<_, Int8>(predicate))
        case .int16: pair.combine(y, Comparison<_, Int16>(predicate))
        case .int32: pair.combine(y, Comparison<_, Int32>(predicate))
        case .int64: pair.combine(y, Comparison<_, Int64>(predicate))
        case .uint8: pair.combine(y, Comparison<_, UInt8>(predicate))
        case .uint16: pair.combine(y, Comparison<_, UInt16>(predicate))
        case .uint32: pair.combine(y, Comparison<_, UInt32>(predicate))
        case .uint64: pair.combine(y, Comparison<_, UInt64>(predicate))
        case .bool: pair.combine(y, BooleanComparison(predicate))
        default: throw pair.a.notSupported()
        }
    }

    /// Writes a function of each pair of elements of inputs 0 and 1, booleans that broadcast, to output 0.
    ///
    /// The function sees them as 0 and 1.
    mutating func mapBooleans(_ function: some BinaryIntegerFunction) throws {
        let pair = try Pair(input(0), input(1))
        guard pair.a.dataType == .bool else { throw pair.a.notSupported() }
        let y = try output(0, .bool, pair.broadcast.shape)
        pair.combine(y, BooleanPair(function))
    }

    /// Writes a function of all inputs, taken two at a time from the left, to output 0.
    mutating func reduceInputs(
        _ function: some BinaryFunction, _ integerFunction: some BinaryIntegerFunction
    ) throws {
        try reduceInputs {
            $0.mapFloating(to: $1, function) || $0.mapIntegers(to: $1, integerFunction)
        }
    }

    /// Writes a function of all inputs, floating-point numbers taken two at a time from the left, to output 0.
    mutating func reduceInputs(_ function: some BinaryFunction) throws {
        try reduceInputs { $0.mapFloating(to: $1, function) }
    }

    private mutating func reduceInputs(_ combine: (Pair, OutputTensor) -> Bool) throws {
        guard inputs.count > 1 else { return set(0, try input(0)) }
        var left = try input(0)
        for index in 1..<inputs.count {
            let pair = try Pair(left, input(index))
            let shape = pair.broadcast.shape
            var step = EvaluationContext(inputs: [])
            let y =
                index == inputs.count - 1
                ? try output(0, left.dataType, shape) : try step.output(0, left.dataType, shape)
            guard combine(pair, y) else { throw left.notSupported() }
            if let result = step.outputs[0]?.tensor { left = result }
        }
    }
}

/// Two tensors of one type that broadcast.
struct Pair {
    let a: Tensor
    let b: Tensor
    let broadcast: Broadcast

    /// - Throws: ``HingeError`` when the element types differ or the shapes don't broadcast.
    init(_ a: Tensor, _ b: Tensor) throws {
        try Tensor.requireSameType(a, b)
        self.a = a
        self.b = b
        broadcast = try Broadcast(a.shape, b.shape)
    }

    /// Writes `function` of each pair of elements; false when they aren't of a floating-point type with 16 bits
    /// or more.
    func mapFloating(to y: OutputTensor, _ function: some BinaryFunction) -> Bool {
        switch a.dataType {
        case .float32: combine(y, RealPair<_, Float>(function))
        case .float64: combine(y, RealPair<_, Double>(function))
        case .float16: combine(y, RealPair<_, Float16>(function))
        case .bfloat16: combine(y, RealPair<_, BFloat16>(function))
        default: return false
        }
        return true
    }

    /// Writes `function` of each pair of elements; false when they aren't integers with 8 bits or more.
    func mapIntegers(to y: OutputTensor, _ function: some BinaryIntegerFunction) -> Bool {
        switch a.dataType {
        case .int8: combine(y, IntegerPair<_, Int8>(function))
        case .int16: combine(y, IntegerPair<_, Int16>(function))
        case .int32: combine(y, IntegerPair<_, Int32>(function))
        case .int64: combine(y, IntegerPair<_, Int64>(function))
        case .uint8: combine(y, IntegerPair<_, UInt8>(function))
        case .uint16: combine(y, IntegerPair<_, UInt16>(function))
        case .uint32: combine(y, IntegerPair<_, UInt32>(function))
        case .uint64: combine(y, IntegerPair<_, UInt64>(function))
        default: return false
        }
        return true
    }

    func combine<Function: PairFunction>(_ output: OutputTensor, _ function: Function) {
        let results = output.elements(of: Function.Out.self)
        a.withUnsafeElements(of: Function.In.self) { left in
            b.withUnsafeElements(of: Function.In.self) { right in
                broadcast.apply(left, right, results, function)
            }
        }
    }
}

extension Tensor {
    /// - Throws: ``HingeError`` when the element types differ.
    static func requireSameType(_ a: Tensor, _ b: Tensor) throws {
        guard a.dataType == b.dataType else {
            throw HingeError(
                .mismatch, "expected inputs of one type, found \(a.dataType) and \(b.dataType)")
        }
    }
}

private struct RealPair<Function: BinaryFunction, T: NumberElement>: PairFunction
where T.Computed: RealElement {
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
