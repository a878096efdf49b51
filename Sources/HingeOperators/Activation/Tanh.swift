import HingeGraph

/// The hyperbolic tangent of `x`, elementwise.
///
/// Source: ONNX Tanh 1, 6, 13. Keras activation `tanh`.
public struct Tanh: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Tanh {
    static let type = "Tanh"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.tanh(x) }
    }
}
