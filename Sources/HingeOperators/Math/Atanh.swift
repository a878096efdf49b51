import HingeGraph

/// The number whose hyperbolic tangent is `x`, elementwise.
///
/// Source: ONNX Atanh 9, 22.
public struct Atanh: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Atanh {
    static let type = "Atanh"

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .within(-0.95, 0.95)]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.atanh(x) }
    }
}

extension Atanh: UnaryDerivative {
    /// `g / (1 − x²)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.divide(g, steps.subtract(1, steps.square(x)))
    }
}
