import HingeGraph

/// `ln(1 + eˣ)`, elementwise.
///
/// Source: ONNX Softplus 1, 22. Keras activation `softplus`.
public struct Softplus: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Softplus {
    static let type = "Softplus"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.softplus(x) }
    }
}

extension Softplus: UnaryDerivative {
    /// `g · sigmoid(x)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.multiply(g, steps.append(Sigmoid(), x))
    }
}
