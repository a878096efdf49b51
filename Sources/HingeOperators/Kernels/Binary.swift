import HingeGraph

/// A function of two numbers, given once for the types that evaluation computes in.
protocol BinaryFunction: Sendable {
    func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T
}

/// A function of two integers.
protocol BinaryIntegerFunction: Sendable {
    func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T
}

extension EvaluationContext {
    /// Writes a function of each pair of elements of inputs 0 and 1, which broadcast, to output 0.
    mutating func map(
        _ function: some BinaryFunction, _ integerFunction: some BinaryIntegerFunction
    ) throws {
        let (a, b) = (try input(0), try input(1))
        try Tensor.requireSameType(a, b)
        let broadcast = try Broadcast(a.shape, b.shape)
        let y = try output(0, a.dataType, broadcast.shape)
        switch a.dataType {
        case .float32: a.combine(b, y, broadcast, Float.self) { function($0, $1) }
        case .float64: a.combine(b, y, broadcast, Double.self) { function($0, $1) }
        case .float16:
            a.combine(b, y, broadcast, Float16.self) { Float16(function(Float($0), Float($1))) }
        case .bfloat16:
            a.combine(b, y, broadcast, BFloat16.self) { BFloat16(function(Float($0), Float($1))) }
        case .int8: a.combine(b, y, broadcast, Int8.self) { integerFunction($0, $1) }
        case .int16: a.combine(b, y, broadcast, Int16.self) { integerFunction($0, $1) }
        case .int32: a.combine(b, y, broadcast, Int32.self) { integerFunction($0, $1) }
        case .int64: a.combine(b, y, broadcast, Int64.self) { integerFunction($0, $1) }
        case .uint8: a.combine(b, y, broadcast, UInt8.self) { integerFunction($0, $1) }
        case .uint16: a.combine(b, y, broadcast, UInt16.self) { integerFunction($0, $1) }
        case .uint32: a.combine(b, y, broadcast, UInt32.self) { integerFunction($0, $1) }
        case .uint64: a.combine(b, y, broadcast, UInt64.self) { integerFunction($0, $1) }
        default: throw a.notSupported()
        }
    }
}

extension Tensor {
    @inline(__always)
    func combine<In: TensorElement, Out: TensorElement>(
        _ other: Tensor, _ output: OutputTensor, _ broadcast: Broadcast, _ type: In.Type,
        _ function: (In, In) -> Out
    ) {
        let results = output.elements(of: Out.self)
        withUnsafeElements(of: In.self) { left in
            other.withUnsafeElements(of: In.self) { right in
                broadcast.apply(left, right, results, function)
            }
        }
    }

    /// - Throws: ``HingeError`` when the element types differ.
    static func requireSameType(_ a: Tensor, _ b: Tensor) throws {
        guard a.dataType == b.dataType else {
            throw HingeError(
                .mismatch, "expected inputs of one type, found \(a.dataType) and \(b.dataType)")
        }
    }
}
