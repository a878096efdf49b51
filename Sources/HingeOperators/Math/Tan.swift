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
