import HingeGraph

/// A function of one number, given once for the types that evaluation computes in.
protocol UnaryFunction: Sendable {
    /// The work of one number, as `parallelFor` counts it.
    static var cost: Int { get }
    /// Whether a result in `Float` is rounded once as it is: otherwise it is computed in `Double`.
    static var isRoundedOnce: Bool { get }
    func callAsFunction<T: RealElement>(_ x: T) -> T
}

extension UnaryFunction {
    static var cost: Int { 1 }
    static var isRoundedOnce: Bool { false }
}

/// A function of one number that is computed of many at once.
protocol ArrayFunction: UnaryFunction {
    /// Writes the function of `count` numbers; `x` and `y` may be the same memory.
    func callAsFunction<T: RealElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int)
}

/// A function of one integer.
protocol UnaryIntegerFunction: Sendable {
    func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T
}

/// A question about one floating-point number.
protocol UnaryPredicate: Sendable {
    func callAsFunction<T: RealElement>(_ x: T) -> Bool
}

/// Writes a function of each element of a tensor to an output of as many elements.
typealias ElementLoop = @Sendable (OutputTensor, Tensor) throws -> Void

extension PreparationContext {
    /// Writes `function` of each element of input 0, a tensor of floating-point numbers, to output 0.
    func map(_ function: some UnaryFunction) throws -> Kernel {
        try map { $0.loop(function) }
    }

    /// Writes `function` of each element of input 0, a tensor of integers, to output 0.
    func mapIntegers(_ function: some UnaryIntegerFunction) throws -> Kernel {
        try map { $0.integerLoop(function) }
    }

    /// Writes a function of each element of input 0, a tensor of numbers, to output 0: `function` of
    /// floating-point numbers, `integerFunction` of integers.
    func map(
        _ function: some UnaryFunction, _ integerFunction: some UnaryIntegerFunction
    ) throws -> Kernel {
        try map { $0.loop(function) ?? $0.integerLoop(integerFunction) }
    }

    /// Writes whether `predicate` holds for each element of input 0, a tensor of floating-point numbers, to
    /// output 0.
    func test(_ predicate: some UnaryPredicate) throws -> Kernel {
        try map(to: .bool) { $0.loop(predicate) }
    }

    /// Writes a function of each element of input 0 to output 0.
    ///
    /// - Parameters:
    ///   - type: The element type of the output; `nil` for that of the input.
    ///   - loop: The loop for an element type of the input; `nil` when the operator doesn't compute with it.
    func map(to type: DataType? = nil, _ loop: (DataType) -> ElementLoop?) throws -> Kernel {
        let x = try input(0)
        guard let loop = loop(x.dataType) else { throw x.notSupported() }
        let (type, shape) = (type ?? x.dataType, x.shape)
        return { context in try loop(context.output(0, type, shape), context.input(0)) }
    }
}

extension DataType {
    /// The loop over floating-point numbers of 16 bits or more; `nil` for other types.
    func loop(_ function: some UnaryFunction) -> ElementLoop? {
        switch self {
        case .float32: singleCode(function).loop
        case .float64: RealMap<_, Double>(function).loop
        case .float16: singleCode(function).of(.float16).loop
        case .bfloat16: singleCode(function).of(.bfloat16).loop
        default: nil
        }
    }

    private func singleCode<Function: UnaryFunction>(_ function: Function) -> ElementCode {
        Function.isRoundedOnce
            ? RealMap<_, Float>(function).code : RoundedMap(function).code
    }

    /// The loop over floating-point numbers of 16 bits or more; `nil` for other types.
    func arrayLoop(_ function: some ArrayFunction) -> ElementLoop? {
        switch self {
        case .float32: ArrayMap<_, Float>(function).loop
        case .float64: ArrayMap<_, Double>(function).loop
        default: loop(function)
        }
    }

    /// The loop over integers of 8 bits or more; `nil` for other types.
    func integerLoop(_ function: some UnaryIntegerFunction) -> ElementLoop? {
        switch self {
        case .int8: IntegerMap<_, Int8>(function).loop
        case .int16: IntegerMap<_, Int16>(function).loop
        case .int32: IntegerMap<_, Int32>(function).loop
        case .int64: IntegerMap<_, Int64>(function).loop
        case .uint8: IntegerMap<_, UInt8>(function).loop
        case .uint16: IntegerMap<_, UInt16>(function).loop
        case .uint32: IntegerMap<_, UInt32>(function).loop
        case .uint64: IntegerMap<_, UInt64>(function).loop
        default: nil
        }
    }

    /// The loop of a question over floating-point numbers of 8 bits or more; `nil` for other types.
    func loop(_ predicate: some UnaryPredicate) -> ElementLoop? {
        switch self {
        case .float32: RealTest<_, Float>(predicate).loop
        case .float64: RealTest<_, Double>(predicate).loop
        case .float16: RealTest<_, Float>(predicate).code.of(.float16, isBack: false).loop
        case .bfloat16: RealTest<_, Float>(predicate).code.of(.bfloat16, isBack: false).loop
        case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz:
            { y, x in
                let results = y.elements(of: UInt8.self)
                for (index, value) in try x.doubles().enumerated() {
                    results[index] = predicate(value) ? 1 : 0
                }
            }
        default: nil
        }
    }
}

extension Tensor {
    /// The error for an element type that an operator doesn't compute with.
    func notSupported(as role: String = "input 0") -> HingeError {
        dataType.notSupported(as: role)
    }
}

private struct RealMap<Function: UnaryFunction, T: RealElement>: ElementFunction {
    static var cost: Int { Function.cost }
    let function: Function
    @inline(__always) init(_ function: Function) { self.function = function }
    @inline(__always)
    func callAsFunction(_ x: T) -> T { function(x) }
}

/// A function of a number in `Float`, computed in `Double`.
private struct RoundedMap<Function: UnaryFunction>: ElementFunction {
    static var cost: Int { Function.cost }
    let function: Function
    @inline(__always) init(_ function: Function) { self.function = function }
    @inline(__always)
    func callAsFunction(_ x: Float) -> Float { Float(function(Double(x))) }
}

private struct ArrayMap<Function: ArrayFunction, T: RealElement>: ElementFunction {
    static var cost: Int { Function.cost }
    let function: Function
    @inline(__always) init(_ function: Function) { self.function = function }
    @inline(__always)
    func callAsFunction(_ x: T) -> T { function(x) }
    func fill(_ y: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ count: Int) {
        function(x, y, count)
    }
}

private struct IntegerMap<Function: UnaryIntegerFunction, T: TensorElement & FixedWidthInteger>:
    ElementFunction
{
    let function: Function
    @inline(__always) init(_ function: Function) { self.function = function }
    @inline(__always)
    func callAsFunction(_ x: T) -> T { function(x) }
}

private struct RealTest<Predicate: UnaryPredicate, T: RealElement>: ElementFunction {
    let predicate: Predicate
    @inline(__always) init(_ predicate: Predicate) { self.predicate = predicate }
    @inline(__always)
    func callAsFunction(_ x: T) -> UInt8 { predicate(x) ? 1 : 0 }
}
