import HingeGraph

/// A type that operators with sums compute in: `Double` for its own, `Float` for all narrower ones.
protocol RealMatrixElement: RealElement, MatrixElement where Sum: RealMatrixElement {
    /// Writes `e^(x − shift)` of `count` numbers, as precise as this type is or more; `x` and `y` may be the same memory.
    static func wideExp(
        _ x: UnsafePointer<Sum>, minus shift: Sum, to y: UnsafeMutablePointer<Sum>, count: Int)
}

extension Float: RealMatrixElement {}
extension Double: RealMatrixElement {}

extension EvaluationContext {
    /// Runs `float` or `double` by the element type of input `index`.
    ///
    /// - Throws: ``HingeError`` when that isn't a floating-point type of 16 bits or more, and what the
    ///   bodies throw.
    mutating func inRealType(
        of index: Int = 0, float: (inout EvaluationContext) throws -> Void,
        double: (inout EvaluationContext) throws -> Void
    ) throws {
        let tensor = try input(index)
        switch tensor.dataType {
        case .float64: try double(&self)
        case .float32, .float16, .bfloat16: try float(&self)
        default: throw tensor.notSupported(as: "input \(index)")
        }
    }
}

extension PreparationContext {
    /// The kernel that `float` or `double` prepares, by the element type of input 0.
    ///
    /// - Throws: ``HingeError`` when that isn't a floating-point type of 16 bits or more, and what the
    ///   bodies throw.
    func inRealType(
        float: () throws -> Kernel, double: () throws -> Kernel
    ) throws -> Kernel {
        let tensor = try input(0)
        switch tensor.dataType {
        case .float64: return try double()
        case .float32, .float16, .bfloat16: return try float()
        default: throw tensor.notSupported()
        }
    }
}

extension Tensor {
    /// The tensor with elements of type `T`: itself, or a copy.
    ///
    /// - Throws: ``HingeError`` when the elements aren't of a floating-point type of 16 bits or more.
    func reals<T: RealElement>(_ type: T.Type) throws -> Tensor {
        if dataType == T.dataType { return try aligned() }
        let result = try Tensor(allocating: T.dataType, shape: shape)
        guard let region = result.region else { throw notSupported() }
        let target = UnsafeMutableBufferPointer(
            start: region.base.assumingMemoryBound(to: T.self), count: count)
        func convert<Source: TensorElement>(_ type: Source.Type, _ convert: (Source) -> T) throws {
            try withUnsafeElements(of: Source.self) { source in
                parallelFor(min(source.count, target.count), cost: 4) { range in
                    for index in range { target[index] = convert(source[index]) }
                }
            }
        }
        switch dataType {
        case .float32: try convert(Float.self) { T($0) }
        case .float64: try convert(Double.self) { T($0) }
        case .float16: try convert(Float16.self) { T(Float($0)) }
        case .bfloat16: try convert(BFloat16.self) { T(Float($0)) }
        default: throw notSupported(as: "an input")
        }
        return result
    }

    /// The elements as an array of `T`.
    ///
    /// - Throws: ``HingeError`` when they aren't of a floating-point type of 16 bits or more.
    func realArray<T: RealElement>(_ type: T.Type) throws -> [T] {
        try reals(type).array(of: T.self)
    }
}

extension OutputTensor {
    /// Runs `body` on memory for the elements as `T`; elements of another type are rounded from it afterwards.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for them, and what `body` throws.
    /// - Precondition: the element type is a floating-point type of 16 bits or more.
    func withReals<T: RealElement, Result>(
        _ type: T.Type, _ body: (UnsafeMutableBufferPointer<T>) throws -> Result
    ) throws -> Result {
        if dataType == T.dataType { return try body(elements(of: T.self)) }
        let scratch = try Tensor(allocating: T.dataType, shape: shape)
        guard let region = scratch.region else { throw scratch.notSupported() }
        defer { withExtendedLifetime(region) {} }
        let memory = UnsafeMutableBufferPointer(
            start: region.base.assumingMemoryBound(to: T.self), count: count)
        let result = try body(memory)
        switch dataType {
        case .float16: write(memory) { Float16($0) }
        case .bfloat16: write(memory) { BFloat16(Float($0)) }
        case .float32: write(memory) { Float($0) }
        default: write(memory) { Double($0) }
        }
        return result
    }

    private func write<T: RealElement, Target: TensorElement>(
        _ source: UnsafeMutableBufferPointer<T>, _ convert: (T) -> Target
    ) {
        let target = elements(of: Target.self)
        parallelFor(count, cost: 4) { range in
            for index in range { target[index] = convert(source[index]) }
        }
    }
}
