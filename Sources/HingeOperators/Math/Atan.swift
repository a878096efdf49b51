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
