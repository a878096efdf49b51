import HingeGraph

/// `x / (1 + |x|)`, elementwise.
///
/// Source: ONNX Softsign 1, 22. Keras activation `softsign`.
public struct Softsign: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Softsign {
    static let type = "Softsign"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x / (1 + x.magnitude) }
    }
}
