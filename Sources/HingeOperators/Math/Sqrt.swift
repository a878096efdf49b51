import HingeGraph

/// The square root of `x`, elementwise.
///
/// Of negative numbers it is NaN.
///
/// Source: ONNX Sqrt 1, 6, 13.
public struct Sqrt: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Sqrt {
    static let type = "Sqrt"

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .positive]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x.squareRoot() }
    }
}

extension Sqrt: UnaryDerivative {
    /// `g / (2 · y)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.divide(g, steps.multiply(y, 2))
    }
}
