import HingeGraph

/// The hyperbolic cosine of `x`, elementwise.
///
/// Source: ONNX Cosh 9, 22.
public struct Cosh: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Cosh {
    static let type = "Cosh"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.cosh(x) }
    }
}

extension Cosh: UnaryDerivative {
    /// `g · sinh(x)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.multiply(g, steps.append(Sinh(), x))
    }
}
