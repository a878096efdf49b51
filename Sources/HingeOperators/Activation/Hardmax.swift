import HingeGraph

/// 1 at the first of the largest elements along an axis, 0 elsewhere.
///
/// Source: ONNX Hardmax 1, 11, 13.
public struct Hardmax: AxisActivation {
    /// The axis; negative values count from the last.
    public var axis: Int
    /// Whether all dimensions from the axis on are taken as one, as versions before 13 mean.
    public var isFlattened = false

    /// Creates the operator.
    public init(axis: Int = -1) {
        self.axis = axis
    }
}

public extension Hardmax {
    static let type = "Hardmax"

    func evaluate(_ context: inout EvaluationContext) throws {
        try context.apply(Kernel(), span(of: context.input(0).shape))
    }

    private struct Kernel: AxisKernel {
        func callAsFunction<T: RealElement>(
            _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ span: AxisSpan
        ) {
            for outer in 0..<span.outer {
                for inner in 0..<span.inner {
                    let start = outer * span.count * span.inner + inner
                    var best = 0
                    for step in 0..<span.count
                    where x[start + step * span.inner] > x[start + best * span.inner] {
                        best = step
                    }
                    for step in 0..<span.count {
                        y[start + step * span.inner] = step == best ? 1 : 0
                    }
                }
            }
        }
    }
}
