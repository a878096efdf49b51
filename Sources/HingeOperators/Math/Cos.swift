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
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.cos(x) }
    }
}
