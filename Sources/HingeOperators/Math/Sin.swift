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
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.sin(x) }
    }
}
