import HingeGraph

/// The natural logarithm of `x`, elementwise.
///
/// Of 0 it is −∞, of negative numbers NaN.
///
/// Source: ONNX Log 1, 6, 13.
public struct Log: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Log {
    static let type = "Log"

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .positive]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.log(x) }
    }
}

extension Log: UnaryDerivative {
    /// `g / x`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.divide(g, x)
    }
}
