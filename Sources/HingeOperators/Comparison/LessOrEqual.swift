import HingeGraph

/// Whether `a ≤ b`, elementwise, with broadcasting.
///
/// A comparison with NaN is false.
///
/// Source: ONNX LessOrEqual 12, 16.
public struct LessOrEqual: PreparedOperator {
    /// Creates the operator.
    public init() {}
}

public extension LessOrEqual {
    static let type = "LessOrEqual"

    init(_ node: NodeReader) {}

    /// Before version 12 it is `Or(Less(a, b), Equal(a, b))`.
    func spell(_ speller: inout Speller) throws {
        if speller.opset >= 12 { return speller.emit(Self.type) }
        if speller.opset < 7 { throw speller.needs(7, Self.type) }
        let strict = speller.step("Less", speller.inputs)
        let equal = speller.step("Equal", speller.inputs)
        speller.emit("Or", inputs: [strict, equal], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting(nil, as: .bool) {
            Shape.Dimension.isAtMost($0, $1).map { .flag($0) }
        }
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        context.comparisonNeeds
    }

    var locality: Locality { .broadcasting }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.compare(Predicate())
    }

    private struct Predicate: BinaryPredicate {
        @inline(__always)
        func callAsFunction<T: Comparable>(_ a: T, _ b: T) -> Bool { a <= b }
    }
}

extension LessOrEqual: UndifferentiatedOperator {
    /// Its output is a condition.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is a condition") }
}
