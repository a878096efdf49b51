import HingeGraph

/// The angle in radians whose cosine is `x`, elementwise.
///
/// Source: ONNX Acos 7, 22.
public struct Acos: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Acos {
    static let type = "Acos"

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .within(-1, 1)]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.acos(x) }
    }
}

extension Acos: UnaryDerivative {
    /// `−g / √(1 − x²)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.negate(
            steps.divide(g, steps.append(Sqrt(), steps.subtract(1, steps.square(x)))))
    }
}
