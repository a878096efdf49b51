import HingeGraph

/// The angle in radians whose tangent is `x`, elementwise.
///
/// Source: ONNX Atan 7, 22.
public struct Atan: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Atan {
    static let type = "Atan"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.atan(x) }
    }
}

extension Atan: UnaryDerivative {
    /// `g / (1 + x²)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.divide(g, steps.add(steps.square(x), 1))
    }
}
