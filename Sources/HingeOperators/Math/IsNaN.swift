import HingeGraph

/// Whether `x` is NaN, elementwise.
///
/// Source: ONNX IsNaN 9, 13, 20.
public struct IsNaN: PreparedOperator {
    /// Creates the operator.
    public init() {}
}

public extension IsNaN {
    static let type = "IsNaN"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type)
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        [.tensor(.bool, context.shape(0))]
    }

    var locality: Locality { .elementwise }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.test(Predicate())
    }

    private struct Predicate: UnaryPredicate {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> Bool { x.isNaN }
    }
}

extension IsNaN: UndifferentiatedOperator {
    /// Its output is a condition.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is a condition") }
}
