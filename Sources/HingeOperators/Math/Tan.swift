import HingeGraph

/// The tangent of `x` in radians, elementwise.
///
/// Source: ONNX Tan 7, 22.
public struct Tan: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Tan {
    static let type = "Tan"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.tan(x) }
    }
}

extension Tan: UnaryDerivative {
    /// `g · (1 + y²)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.multiply(g, steps.add(steps.square(y), 1))
    }
}
