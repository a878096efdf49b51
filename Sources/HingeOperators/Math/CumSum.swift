import HingeGraph

/// The sums of the elements up to each one along an axis, which is input 1, `int64` or `int32`.
///
/// Floating-point numbers are accumulated in `Double`. Integers wrap around.
///
/// Source: ONNX CumSum 11, 14.
public struct CumSum: CumulativeOperator {
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

public extension CumSum {
    static let type = "CumSum"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try accumulate(context, Sum())
    }

    private struct Sum: Accumulation {
        @inline(__always) func initial<T: ComputedNumber>() -> T { .zero }
        @inline(__always)
        func callAsFunction<T: ComputedNumber>(_ a: T, _ b: T) -> T { T.sum(a, b) }
    }
}

extension CumSum: DifferentiableOperator {
    /// The sum of `g` in the other direction.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let back = CumSum(axis: axis, isExclusive: isExclusive, isReversed: !isReversed)
        derivative.give(try derivative.append(back, g, derivative.input(1)), for: 0)
    }
}
