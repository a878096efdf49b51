import HingeGraph

/// The sine of `x` in radians, elementwise.
///
/// Source: ONNX Sin 7, 22.
public struct Sin: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Sin {
    static let type = "Sin"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.sin(x) }
    }
}

extension Sin: UnaryDerivative {
    /// `g · cos(x)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.multiply(g, steps.append(Cos(), x))
    }
}
