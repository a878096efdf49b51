import HingeGraph

/// A function of one number, given once for the types that evaluation computes in.
protocol UnaryFunction: Sendable {
    func callAsFunction<T: RealElement>(_ x: T) -> T
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
        guard x.mapFloating(to: y, function) else { throw x.notSupported() }
    }

    /// Writes `function` of each element of input 0, a tensor of integers, to output 0.
    mutating func mapIntegers(_ function: some UnaryIntegerFunction) throws {
        let x = try input(0)
        let y = try output(0, x.dataType, x.shape)
        guard x.mapIntegers(to: y, function) else { throw x.notSupported() }
    }

    /// Writes a function of each element of input 0, a tensor of numbers, to output 0: `function` of
    /// floating-point numbers, `integerFunction` of integers.
    mutating func map(
        _ function: some UnaryFunction, _ integerFunction: some UnaryIntegerFunction
    ) throws {
        let x = try input(0)
        let y = try output(0, x.dataType, x.shape)
        guard x.mapFloating(to: y, function) || x.mapIntegers(to: y, integerFunction) else {
            throw x.notSupported()
        }
    }

    /// Writes whether `predicate` holds for each element of input 0, a tensor of floating-point numbers, to
    /// output 0.
    mutating func test(_ predicate: some UnaryPredicate) throws {
        let x = try input(0)
        let y = try output(0, .bool, x.shape)
        switch x.dataType {
        case .float32: x.transform(to: y, RealTest<_, Float>(predicate))
        case .float64: x.transform(to: y, RealTest<_, Double>(predicate))
        case .float16: x.transform(to: y, RealTest<_, Float16>(predicate))
        case .bfloat16: x.transform(to: y, RealTest<_, BFloat16>(predicate))
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
    func mapFloating(to output: OutputTensor, _ function: some UnaryFunction) -> Bool {
        switch dataType {
        case .float32: transform(to: output, RealMap<_, Float>(function))
        case .float64: transform(to: output, RealMap<_, Double>(function))
        case .float16: transform(to: output, RealMap<_, Float16>(function))
        case .bfloat16: transform(to: output, RealMap<_, BFloat16>(function))
        default: return false
        }
        return true
    }

    /// Writes `function` of each element to `output`; false when the elements aren't integers with
    /// 8 bits or more.
    func mapIntegers(to output: OutputTensor, _ function: some UnaryIntegerFunction) -> Bool {
        switch dataType {
        case .int8: transform(to: output, IntegerMap<_, Int8>(function))
        case .int16: transform(to: output, IntegerMap<_, Int16>(function))
        case .int32: transform(to: output, IntegerMap<_, Int32>(function))
        case .int64: transform(to: output, IntegerMap<_, Int64>(function))
        case .uint8: transform(to: output, IntegerMap<_, UInt8>(function))
        case .uint16: transform(to: output, IntegerMap<_, UInt16>(function))
        case .uint32: transform(to: output, IntegerMap<_, UInt32>(function))
        case .uint64: transform(to: output, IntegerMap<_, UInt64>(function))
        default: return false
        }
        return true
    }

    /// Writes `function` of each element to `output`, whose memory may be that of the elements.
    func transform<Function: ElementFunction>(to output: OutputTensor, _ function: Function) {
        let results = output.elements(of: Function.Out.self)
        withUnsafeElements(of: Function.In.self) { elements in
            guard let x = elements.baseAddress, let y = results.baseAddress else { return }
            let count = min(elements.count, results.count)
            guard UnsafeRawPointer(x) == UnsafeRawPointer(y) else {
                return function.fill(y, x, count)
            }
            InPlace.run(count, y) { function.fill($0, x + $1, $2) }
        }
    }

    /// The error for an element type that an operator doesn't compute with.
    func notSupported(as role: String = "input 0") -> HingeError {
        HingeError(.mismatch, "\(role) of type \(dataType) is not one the operator computes with")
    }
}

/// A function of one element, for an inner loop.
protocol ElementFunction {
    associatedtype In: TensorElement
    associatedtype Out: TensorElement
    func callAsFunction(_ x: In) -> Out
}

extension ElementFunction {
    /// Writes the function of each of `count` elements of `x` to `y`.
    ///
    /// The compiler makes this vector code only where `x` and `y` don't overlap.
    @inline(never)
    fileprivate func fill(
        _ y: UnsafeMutablePointer<Out>, _ x: UnsafePointer<In>, _ count: Int
    ) {
        for index in 0..<count { y[index] = self(x[index]) }
    }
}

/// Writing results over the elements that they are computed from, block by block through a small buffer, so
/// that the inner loop's memory never overlaps.
enum InPlace {
    private static let blockCount = 512

    /// Calls `fill` for each block, with where to write, the block's offset, and its length.
    @inline(__always)
    static func run<Element: TensorElement>(
        _ count: Int, _ results: UnsafeMutablePointer<Element>,
        _ fill: (UnsafeMutablePointer<Element>, Int, Int) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: Element.self, capacity: blockCount) { block in
            guard let buffer = block.baseAddress else { return }
            var start = 0
            while start < count {
                let length = min(blockCount, count - start)
                fill(buffer, start, length)
                (results + start).update(from: buffer, count: length)
                start += length
            }
        }
    }
}

private struct RealMap<Function: UnaryFunction, T: NumberElement>: ElementFunction
where T.Computed: RealElement {
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
