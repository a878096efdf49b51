import HingeGraph

/// `eˣ`, elementwise.
///
/// Source: ONNX Exp 1, 6, 13.
public struct Exp: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Exp {
    static let type = "Exp"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map { $0.arrayLoop(Function()) }
    }

    private struct Function: ArrayFunction {
        static var cost: Int { RealMath.arrayCost }
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.exp(x) }
        func callAsFunction<T: RealElement>(
            _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int
        ) {
            T.exp(x, to: y, count: count)
        }
    }
}

extension Exp: UnaryDerivative {
    /// `g · y`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.multiply(g, y)
    }
}
