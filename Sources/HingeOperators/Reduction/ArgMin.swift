import HingeGraph

/// The index of the smallest element along an axis, `int64`.
///
/// A NaN counts as the smallest.
///
/// Source: ONNX ArgMin 1, 11, 12, 13.
public struct ArgMin: ExtremumIndexOperator {
    /// The axis; negative values count from the last.
    public var axis: Int
    /// Whether the reduced dimension stays, with an extent of 1.
    public var keepsDimensions: Bool
    /// Whether the last of several equal elements counts; otherwise the first does.
    public var selectsLast: Bool

    /// Creates the operator.
    public init(axis: Int = 0, keepsDimensions: Bool = true, selectsLast: Bool = false) {
        self.axis = axis
        self.keepsDimensions = keepsDimensions
        self.selectsLast = selectsLast
    }
}

public extension ArgMin {
    static let type = "ArgMin"

    func evaluate(_ context: inout EvaluationContext) throws {
        try findIndices(&context, Predicate())
    }

    private struct Predicate: BinaryPredicate {
        @inline(__always)
        func callAsFunction<T: Comparable>(_ a: T, _ b: T) -> Bool { a < b }
    }
}

extension ArgMin: UndifferentiatedOperator {
    /// Its output is an index.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is an index") }
}
