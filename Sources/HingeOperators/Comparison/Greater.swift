import HingeGraph

/// Whether `a > b`, elementwise, with broadcasting.
///
/// A comparison with NaN is false.
///
/// Source: ONNX Greater 1, 7, 9, 13; before 7, broadcasting was asked for by attributes.
public struct Greater: BroadcastingOperator {
    /// How the second input is laid over the first, in versions before 7.
    public var legacy: LegacyBroadcast?

    /// Creates the operator.
    public init() {}
}

public extension Greater {
    static let type = "Greater"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting(legacy, as: .bool) {
            Shape.Dimension.isLess($1, $0).map { .flag($0) }
        }
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        context.comparisonNeeds
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.aligned(legacy).compare(Predicate())
    }

    private struct Predicate: BinaryPredicate {
        @inline(__always)
        func callAsFunction<T: Comparable>(_ a: T, _ b: T) -> Bool { a > b }
    }
}

extension Greater: UndifferentiatedOperator {
    /// Its output is a condition.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is a condition") }
}
