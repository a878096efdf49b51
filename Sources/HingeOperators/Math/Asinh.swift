import HingeGraph

/// The number whose hyperbolic sine is `x`, elementwise.
///
/// Source: ONNX Asinh 9, 22.
public struct Asinh: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Asinh {
    static let type = "Asinh"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.asinh(x) }
    }
}

extension Asinh: UnaryDerivative {
    /// `g / √(x² + 1)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.divide(g, steps.append(Sqrt(), steps.add(steps.square(x), 1)))
    }
}
