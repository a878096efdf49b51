import HingeGraph

/// The square root of `x`, elementwise.
///
/// Of negative numbers it is NaN.
///
/// Source: ONNX Sqrt 1, 6, 13.
public struct Sqrt: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Sqrt {
    static let type = "Sqrt"

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .positive]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x.squareRoot() }
    }
}
