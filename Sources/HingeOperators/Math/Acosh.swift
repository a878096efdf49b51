import HingeGraph

/// The number whose hyperbolic cosine is `x`, elementwise.
///
/// Source: ONNX Acosh 9, 22.
public struct Acosh: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Acosh {
    static let type = "Acosh"

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .within(1.05, .infinity)]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.acosh(x) }
    }
}

extension Acosh: UnaryDerivative {
    /// `g / √(x² − 1)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.divide(g, steps.append(Sqrt(), steps.add(steps.square(x), -1)))
    }
}
