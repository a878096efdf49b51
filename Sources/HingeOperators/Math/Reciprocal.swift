import HingeGraph

/// `1 / x`, elementwise.
///
/// Source: ONNX Reciprocal 1, 6, 13.
public struct Reciprocal: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Reciprocal {
    static let type = "Reciprocal"

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .notZero]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { 1 / x }
    }
}

extension Reciprocal: UnaryDerivative {
    /// `−g · y²`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.negate(steps.multiply(g, steps.square(y)))
    }
}
