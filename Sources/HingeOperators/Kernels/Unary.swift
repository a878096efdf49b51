import HingeGraph

/// A function of one number, given once for the types that evaluation computes in.
protocol UnaryFunction: Sendable {
    func callAsFunction<T: RealElement>(_ x: T) -> T
}

/// A function of one integer.
protocol UnaryIntegerFunction: Sendable {
    func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T
}

extension EvaluationContext {
    /// Writes `function` of each element of input 0, a tensor of floating-point numbers, to output 0.
    mutating func map(_ function: some UnaryFunction) throws {
        let x = try input(0)
        let y = try output(0, x.dataType, x.shape)
        guard x.mapFloating(to: y, function) else { throw x.notSupported() }
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
}

extension Tensor {
    /// Writes `function` of each element to `output`; false when the elements aren't of a
    /// floating-point type with 16 bits or more.
    func mapFloating(to output: OutputTensor, _ function: some UnaryFunction) -> Bool {
        switch dataType {
        case .float32: transform(to: output, Float.self) { function($0) }
        case .float64: transform(to: output, Double.self) { function($0) }
        case .float16: transform(to: output, Float16.self) { Float16(function(Float($0))) }
        case .bfloat16: transform(to: output, BFloat16.self) { BFloat16(function(Float($0))) }
        default: return false
        }
        return true
    }

    /// Writes `function` of each element to `output`; false when the elements aren't integers with
    /// 8 bits or more.
    func mapIntegers(to output: OutputTensor, _ function: some UnaryIntegerFunction) -> Bool {
        switch dataType {
        case .int8: transform(to: output, Int8.self) { function($0) }
        case .int16: transform(to: output, Int16.self) { function($0) }
        case .int32: transform(to: output, Int32.self) { function($0) }
        case .int64: transform(to: output, Int64.self) { function($0) }
        case .uint8: transform(to: output, UInt8.self) { function($0) }
        case .uint16: transform(to: output, UInt16.self) { function($0) }
        case .uint32: transform(to: output, UInt32.self) { function($0) }
        case .uint64: transform(to: output, UInt64.self) { function($0) }
        default: return false
        }
        return true
    }

    @inline(__always)
    func transform<In: TensorElement, Out: TensorElement>(
        to output: OutputTensor, _ type: In.Type, _ function: (In) -> Out
    ) {
        let results = output.elements(of: Out.self)
        withUnsafeElements(of: In.self) { elements in
            for index in 0..<min(elements.count, results.count) {
                results[index] = function(elements[index])
            }
        }
    }

    /// The error for an element type that an operator doesn't compute with.
    func notSupported(as role: String = "input 0") -> HingeError {
        HingeError(.mismatch, "\(role) of type \(dataType) is not one the operator computes with")
    }
}
