import HingeGraph

/// The cosine of `x` in radians, elementwise.
///
/// Source: ONNX Cos 7, 22.
public struct Cos: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Cos {
    static let type = "Cos"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.cos(x) }
    }
}

extension Cos: UnaryDerivative {
    /// `−g · sin(x)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.negate(steps.multiply(g, steps.append(Sin(), x)))
    }
}
