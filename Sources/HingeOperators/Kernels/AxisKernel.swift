import HingeGraph

/// A computation on `[outer, count, inner]` floating-point numbers, of which those along `count` belong together.
protocol AxisKernel: Sendable {
    /// Writes all results; `x` and `y` may be the same memory.
    func callAsFunction<T: RealElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ span: AxisSpan)
}

extension EvaluationContext {
    /// Applies a kernel to input 0, a tensor of floating-point numbers, and writes output 0 of the same type and
    /// shape.
    mutating func apply(_ kernel: some AxisKernel, _ span: AxisSpan) throws {
        let x = try input(0)
        let y = try output(0, x.dataType, x.shape)
        guard x.count > 0 else { return }
        switch x.dataType {
        case .float32: try x.apply(kernel, span, y, Float.self)
        case .float64: try x.apply(kernel, span, y, Double.self)
        case .float16: try x.applyInFloat(kernel, span, y, Float16.self)
        case .bfloat16: try x.applyInFloat(kernel, span, y, BFloat16.self)
        default: throw x.notSupported()
        }
    }
}

extension Tensor {
    fileprivate func apply<T: RealElement>(
        _ kernel: some AxisKernel, _ span: AxisSpan, _ output: OutputTensor, _ type: T.Type
    ) throws {
        try withUnsafeElements(of: T.self) { elements in
            guard let x = elements.baseAddress, let y = output.elements(of: T.self).baseAddress
            else { return }
            kernel(x, y, span)
        }
    }

    fileprivate func applyInFloat<T: NumberElement>(
        _ kernel: some AxisKernel, _ span: AxisSpan, _ output: OutputTensor, _ type: T.Type
    ) throws where T.Computed == Float {
        var numbers = try withUnsafeElements(of: T.self) { $0.map(\.computed) }
        numbers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            kernel(UnsafePointer(base), base, span)
        }
        let results = output.elements(of: T.self)
        for index in results.indices { results[index] = T(computed: numbers[index]) }
    }
}
