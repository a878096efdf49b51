import HingeGraph

/// `1 / (1 + e⁻ˣ)`, elementwise.
///
/// Source: ONNX Sigmoid 1, 6, 13. Keras activation `sigmoid`.
public struct Sigmoid: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Sigmoid {
    static let type = "Sigmoid"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.sigmoid(x) }
    }
}

extension Sigmoid: UnaryDerivative {
    /// `g · y · (1 − y)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.multiply(g, steps.multiply(y, steps.subtract(1, y)))
    }
}
