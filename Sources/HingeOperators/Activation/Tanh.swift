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

extension Tanh: UnaryDerivative {
    /// `g · (1 − y²)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.multiply(g, steps.subtract(1, steps.square(y)))
    }
}
