import HingeGraph

/// The hyperbolic sine of `x`, elementwise.
///
/// Source: ONNX Sinh 9, 22.
public struct Sinh: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Sinh {
    static let type = "Sinh"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.sinh(x) }
    }
}

extension Sinh: UnaryDerivative {
    /// `g · cosh(x)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.multiply(g, steps.append(Cosh(), x))
    }
}
