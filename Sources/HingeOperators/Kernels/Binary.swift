import HingeGraph

/// A function of two numbers, given once for the types that evaluation computes in.
protocol BinaryFunction: Sendable {
    /// The work of one pair, as `parallelFor` counts it.
    static var cost: Int { get }
    /// Whether a result in `Float` is rounded once as it is, as that of one operation: otherwise it is computed in `Double`.
    static var isRoundedOnce: Bool { get }
    func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T
}

extension BinaryFunction {
    static var cost: Int { 1 }
    static var isRoundedOnce: Bool { true }
}

/// A function of two integers.
///
/// Its result's lower bits must depend on the integers alone, not on how wide their type is.
protocol BinaryIntegerFunction: Sendable {
    func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T
}

/// A question about two numbers.
protocol BinaryPredicate: Sendable {
    func callAsFunction<T: Comparable>(_ a: T, _ b: T) -> Bool
}

/// Writes a function of each pair of elements of two tensors, which broadcast, to an output.
typealias PairLoop = @Sendable (OutputTensor, Tensor, Tensor, StridedRuns) throws -> Void

/// Two tensors of one type that broadcast.
struct Pairing: Sendable {
    /// The type of their elements.
    let dataType: DataType
    /// The shape that they broadcast to.
    let shape: [Int]
    /// How they and the result are walked.
    let runs: StridedRuns

    /// - Throws: ``HingeError`` when the element types differ or the shapes don't broadcast.
    init(_ a: KnownTensor, _ b: KnownTensor) throws {
        try Tensor.requireSameType(a, b)
        dataType = a.dataType
        shape = try Broadcast.shape(a.shape, b.shape)
        runs = StridedRuns(shape, broadcasting: [a.shape, b.shape, shape])
    }
}

extension PreparationContext {
    /// Writes a function of each pair of elements of inputs 0 and 1, which broadcast, to output 0.
    func map(
        _ function: some BinaryFunction, _ integerFunction: some BinaryIntegerFunction
    ) throws -> Kernel {
        try mapPairs { $0.loop(function) ?? $0.integerLoop(integerFunction) }
    }

    /// Writes a function of each pair of elements of inputs 0 and 1, floating-point numbers that broadcast, to
    /// output 0.
    func map(_ function: some BinaryFunction) throws -> Kernel {
        try mapPairs { $0.loop(function) }
    }

    /// Writes a function of each pair of elements of inputs 0 and 1, integers that broadcast, to output 0.
    func mapIntegers(_ function: some BinaryIntegerFunction) throws -> Kernel {
        try mapPairs { $0.integerLoop(function) }
    }

    /// Writes whether `predicate` holds for each pair of elements of inputs 0 and 1, numbers or booleans that
    /// broadcast, to output 0.
    func compare(_ predicate: some BinaryPredicate) throws -> Kernel {
        try mapPairs(to: .bool) { $0.loop(predicate) }
    }

    /// Writes a function of each pair of elements of inputs 0 and 1, booleans that broadcast, to output 0.
    ///
    /// The function sees them as 0 and 1.
    func mapBooleans(_ function: some BinaryIntegerFunction) throws -> Kernel {
        try mapPairs { type in
            type == .bool ? BooleanPair(function).loop : nil
        }
    }

    /// Writes a function of each pair of elements of inputs 0 and 1, which broadcast, to output 0.
    ///
    /// - Parameters:
    ///   - type: The element type of the output; `nil` for that of the inputs.
    ///   - loop: The loop for an element type of the inputs; `nil` when the operator doesn't compute with it.
    private func mapPairs(
        to type: DataType? = nil, _ loop: (DataType) -> PairLoop?
    ) throws -> Kernel {
        let pairing = try Pairing(input(0), input(1))
        guard let loop = loop(pairing.dataType) else { throw pairing.dataType.notSupported() }
        let type = type ?? pairing.dataType
        return { context in
            try loop(
                context.output(0, type, pairing.shape), context.input(0), context.input(1),
                pairing.runs)
        }
    }
}

extension DataType {
    /// The loop over pairs of floating-point numbers of 16 bits or more; `nil` for other types.
    func loop(_ function: some BinaryFunction) -> PairLoop? {
        switch self {
        case .float32: singleCode(function).loop
        case .float64: RealPair<_, Double>(function).loop
        case .float16: singleCode(function).of(.float16).loop
        case .bfloat16: singleCode(function).of(.bfloat16).loop
        default: nil
        }
    }

    private func singleCode<Function: BinaryFunction>(_ function: Function) -> PairCode {
        Function.isRoundedOnce
            ? RealPair<_, Float>(function).code : RoundedPair(function).code
    }

    /// The loop over pairs of integers of 8 bits or more; `nil` for other types.
    func integerLoop(_ function: some BinaryIntegerFunction) -> PairLoop? {
        switch self {
        case .int8: IntegerPair<_, Int32>(function).code.of(.int8).loop
        case .int16: IntegerPair<_, Int32>(function).code.of(.int16).loop
        case .int32: IntegerPair<_, Int32>(function).loop
        case .int64: IntegerPair<_, Int64>(function).loop
        case .uint8: IntegerPair<_, UInt32>(function).code.of(.uint8).loop
        case .uint16: IntegerPair<_, UInt32>(function).code.of(.uint16).loop
        case .uint32: IntegerPair<_, UInt32>(function).loop
        case .uint64: IntegerPair<_, UInt64>(function).loop
        default: nil
        }
    }

    /// The loop of a question over pairs of numbers of 8 bits or more, or of booleans; `nil` for other types.
    func loop(_ predicate: some BinaryPredicate) -> PairLoop? {
        switch self {
        case .float32: Comparison<_, Float>(predicate).loop
        case .float64: Comparison<_, Double>(predicate).loop
        case .float16: Comparison<_, Float>(predicate).code.of(.float16, isBack: false).loop
        case .bfloat16: Comparison<_, Float>(predicate).code.of(.bfloat16, isBack: false).loop
        case .int8: Comparison<_, Int32>(predicate).code.of(.int8, isBack: false).loop
        case .int16: Comparison<_, Int32>(predicate).code.of(.int16, isBack: false).loop
        case .int32: Comparison<_, Int32>(predicate).loop
        case .int64: Comparison<_, Int64>(predicate).loop
        case .uint8: Comparison<_, UInt32>(predicate).code.of(.uint8, isBack: false).loop
        case .uint16: Comparison<_, UInt32>(predicate).code.of(.uint16, isBack: false).loop
        case .uint32: Comparison<_, UInt32>(predicate).loop
        case .uint64: Comparison<_, UInt64>(predicate).loop
        case .bool: BooleanComparison(predicate).loop
        default: nil
        }
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

private struct RealPair<Function: BinaryFunction, T: RealElement>: PairFunction {
    static var cost: Int { Function.cost }
    let function: Function
    @inline(__always) init(_ function: Function) { self.function = function }
    @inline(__always)
    func callAsFunction(_ a: T, _ b: T) -> T { function(a, b) }
}

/// A function of two numbers in `Float`, computed in `Double`.
private struct RoundedPair<Function: BinaryFunction>: PairFunction {
    static var cost: Int { Function.cost }
    let function: Function
    @inline(__always) init(_ function: Function) { self.function = function }
    @inline(__always)
    func callAsFunction(_ a: Float, _ b: Float) -> Float { Float(function(Double(a), Double(b))) }
}

private struct IntegerPair<
    Function: BinaryIntegerFunction, T: TensorElement & FixedWidthInteger
>: PairFunction {
    let function: Function
    @inline(__always) init(_ function: Function) { self.function = function }
    @inline(__always)
    func callAsFunction(_ a: T, _ b: T) -> T { function(a, b) }
}

private struct Comparison<Predicate: BinaryPredicate, T: TensorElement & Comparable>: PairFunction {
    let predicate: Predicate
    @inline(__always) init(_ predicate: Predicate) { self.predicate = predicate }
    @inline(__always)
    func callAsFunction(_ a: T, _ b: T) -> UInt8 { predicate(a, b) ? 1 : 0 }
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
