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
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.exp(x) }
    }
}
