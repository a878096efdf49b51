import HingeGraph

/// `x / (1 + |x|)`, elementwise.
///
/// Source: ONNX Softsign 1, 22. Keras activation `softsign`.
public struct Softsign: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Softsign {
    static let type = "Softsign"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x / (1 + x.magnitude) }
    }
}

extension Softsign: UnaryDerivative {
    /// `g / (1 + |x|)²`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.divide(g, steps.square(steps.add(steps.append(Abs(), x), 1)))
    }
}
