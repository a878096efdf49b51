import HingeGraph

/// The products of the elements up to each one along an axis, which is input 1, `int64` or `int32`.
///
/// Floating-point numbers are accumulated in `Double`. Integers wrap around.
///
/// Source: ONNX CumProd 26.
public struct CumProd: CumulativeOperator {
    /// The axis, where it is a constant of the operator; otherwise it is input 1.
    public var axis: Int?
    /// Whether each element itself is left out.
    public var isExclusive: Bool
    /// Whether to begin at the end.
    public var isReversed: Bool

    /// Creates the operator; without an axis, that is input 1.
    public init(axis: Int? = nil, isExclusive: Bool = false, isReversed: Bool = false) {
        self.axis = axis
        self.isExclusive = isExclusive
        self.isReversed = isReversed
    }
}

public extension CumProd {
    static let type = "CumProd"

    func evaluate(_ context: inout EvaluationContext) throws {
        try accumulate(&context, Product())
    }

    private struct Product: Accumulation {
        @inline(__always) func initial<T: ComputedNumber>() -> T { .one }
        @inline(__always)
        func callAsFunction<T: ComputedNumber>(_ a: T, _ b: T) -> T { T.product(a, b) }
    }
}
