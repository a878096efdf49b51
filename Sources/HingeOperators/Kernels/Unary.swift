import HingeGraph

/// A function of one number, given once for the types that evaluation computes in.
protocol UnaryFunction: Sendable {
    /// The work of one number, as `parallelFor` counts it.
    static var cost: Int { get }
    func callAsFunction<T: RealElement>(_ x: T) -> T
}

extension UnaryFunction {
    static var cost: Int { 1 }
}

/// A function of one integer.
protocol UnaryIntegerFunction: Sendable {
    func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T
}

/// A question about one floating-point number.
protocol UnaryPredicate: Sendable {
    func callAsFunction<T: RealElement>(_ x: T) -> Bool
}

extension EvaluationContext {
    /// Writes `function` of each element of input 0, a tensor of floating-point numbers, to output 0.
    mutating func map(_ function: some UnaryFunction) throws {
        let x = try input(0)
        let y = try output(0, x.dataType, x.shape)
        guard try x.mapFloating(to: y, function) else { throw x.notSupported() }
    }

    /// Writes `function` of each element of input 0, a tensor of integers, to output 0.
    mutating func mapIntegers(_ function: some UnaryIntegerFunction) throws {
        let x = try input(0)
        let y = try output(0, x.dataType, x.shape)
        guard try x.mapIntegers(to: y, function) else { throw x.notSupported() }
    }

    /// Writes a function of each element of input 0, a tensor of numbers, to output 0: `function` of
    /// floating-point numbers, `integerFunction` of integers.
    mutating func map(
        _ function: some UnaryFunction, _ integerFunction: some UnaryIntegerFunction
    ) throws {
        let x = try input(0)
        let y = try output(0, x.dataType, x.shape)
        guard try x.mapFloating(to: y, function) || x.mapIntegers(to: y, integerFunction) else {
            throw x.notSupported()
        }
    }

    /// Writes whether `predicate` holds for each element of input 0, a tensor of floating-point numbers, to
    /// output 0.
    mutating func test(_ predicate: some UnaryPredicate) throws {
        let x = try input(0)
        let y = try output(0, .bool, x.shape)
        switch x.dataType {
        case .float32: try RealTest<_, Float>(predicate).run(y, x)
        case .float64: try RealTest<_, Double>(predicate).run(y, x)
        case .float16: try RealTest<_, Float16>(predicate).run(y, x)
        case .bfloat16: try RealTest<_, BFloat16>(predicate).run(y, x)
        case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz:
            let results = y.elements(of: UInt8.self)
            for (index, value) in try x.doubles().enumerated() {
                results[index] = predicate(value) ? 1 : 0
            }
        default: throw x.notSupported()
        }
    }
}

extension Tensor {
    /// Writes `function` of each element to `output`; false when the elements aren't of a
    /// floating-point type with 16 bits or more.
    func mapFloating(to output: OutputTensor, _ function: some UnaryFunction) throws -> Bool {
        switch dataType {
        case .float32: try RealMap<_, Float>(function).run(output, self)
        case .float64: try RealMap<_, Double>(function).run(output, self)
        case .float16: try RealMap<_, Float16>(function).run(output, self)
        case .bfloat16: try RealMap<_, BFloat16>(function).run(output, self)
        default: return false
        }
        return true
    }

    /// Writes `function` of each element to `output`; false when the elements aren't integers with
    /// 8 bits or more.
    func mapIntegers(to output: OutputTensor, _ function: some UnaryIntegerFunction) throws -> Bool
    {
        switch dataType {
        case .int8: try IntegerMap<_, Int8>(function).run(output, self)
        case .int16: try IntegerMap<_, Int16>(function).run(output, self)
        case .int32: try IntegerMap<_, Int32>(function).run(output, self)
        case .int64: try IntegerMap<_, Int64>(function).run(output, self)
        case .uint8: try IntegerMap<_, UInt8>(function).run(output, self)
        case .uint16: try IntegerMap<_, UInt16>(function).run(output, self)
        case .uint32: try IntegerMap<_, UInt32>(function).run(output, self)
        case .uint64: try IntegerMap<_, UInt64>(function).run(output, self)
        default: return false
        }
        return true
    }

    /// The error for an element type that an operator doesn't compute with.
    func notSupported(as role: String = "input 0") -> HingeError {
        dataType.notSupported(as: role)
    }
}

private struct RealMap<Function: UnaryFunction, T: NumberElement>: ElementFunction
where T.Computed: RealElement {
    static var cost: Int { Function.cost }
    let function: Function
    @inline(__always) init(_ function: Function) { self.function = function }
    @inline(__always)
    func callAsFunction(_ x: T) -> T { T(computed: function(x.computed)) }
}

private struct IntegerMap<Function: UnaryIntegerFunction, T: TensorElement & FixedWidthInteger>:
    ElementFunction
{
    let function: Function
    @inline(__always) init(_ function: Function) { self.function = function }
    @inline(__always)
    func callAsFunction(_ x: T) -> T { function(x) }
}

private struct RealTest<Predicate: UnaryPredicate, T: NumberElement>: ElementFunction
where T.Computed: RealElement {
    let predicate: Predicate
    @inline(__always) init(_ predicate: Predicate) { self.predicate = predicate }
    @inline(__always)
    func callAsFunction(_ x: T) -> UInt8 { predicate(x.computed) ? 1 : 0 }
}
