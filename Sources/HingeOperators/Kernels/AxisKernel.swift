import HingeGraph

/// A computation on lines of floating-point numbers, each of which gives a line of results.
protocol AxisKernel: Sendable {
    /// The work of one number, as `parallelFor` counts it.
    static var cost: Int { get }

    /// Writes the results of `lines` lines that begin at neighbouring elements, of `count` elements each, which are
    /// `step` apart; `x` and `y` may be the same memory.
    ///
    /// - Precondition: there is at least one element, and one line where `step` is 1.
    func callAsFunction<T: RealMatrixElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, count: Int, step: Int, lines: Int)
}

extension PreparationContext {
    /// Applies a kernel to input 0, a tensor of floating-point numbers, and writes output 0 of the same type and
    /// shape.
    func apply(_ kernel: some AxisKernel, _ span: AxisSpan) throws -> Kernel {
        try map { type in
            switch type {
            case .float64: { try $1.apply(kernel, span, $0, Double.self) }
            case .float32, .float16, .bfloat16: { try $1.apply(kernel, span, $0, Float.self) }
            default: nil
            }
        }
    }
}

extension Tensor {
    fileprivate func apply<T: RealMatrixElement>(
        _ kernel: some AxisKernel, _ span: AxisSpan, _ output: OutputTensor, _ type: T.Type
    ) throws {
        guard count > 0 else { return }
        let source = try reals(T.self)
        try output.withReals(T.self) { result in
            guard let x = source.region?.base.assumingMemoryBound(to: T.self),
                let y = result.baseAddress
            else { return }
            span.apply(kernel, x, y)
        }
        withExtendedLifetime(source) {}
    }
}

extension AxisSpan {
    fileprivate func apply<Kernel: AxisKernel, T: RealMatrixElement>(
        _ kernel: Kernel, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        forEachLines(cost: Kernel.cost) { lines in
            kernel(
                x + lines.start, y + lines.start, count: count, step: inner, lines: lines.count)
        }
    }
}
