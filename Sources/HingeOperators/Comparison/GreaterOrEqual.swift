import HingeGraph

/// Whether `a ≥ b`, elementwise, with broadcasting.
///
/// A comparison with NaN is false.
///
/// Source: ONNX GreaterOrEqual 12, 16.
public struct GreaterOrEqual: PreparedOperator {
    /// Creates the operator.
    public init() {}
}

public extension GreaterOrEqual {
    static let type = "GreaterOrEqual"

    init(_ node: NodeReader) {}

    /// Before version 12 it is `Or(Greater(a, b), Equal(a, b))`.
    func spell(_ speller: inout Speller) throws {
        if speller.opset >= 12 { return speller.emit(Self.type) }
        if speller.opset < 7 { throw speller.needs(7, Self.type) }
        let strict = speller.step("Greater", speller.inputs)
        let equal = speller.step("Equal", speller.inputs)
        speller.emit("Or", inputs: [strict, equal], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting(nil, as: .bool) {
            Shape.Dimension.isAtMost($1, $0).map { .flag($0) }
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
        func callAsFunction<T: Comparable>(_ a: T, _ b: T) -> Bool { a >= b }
    }
}

extension GreaterOrEqual: UndifferentiatedOperator {
    /// Its output is a condition.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is a condition") }
}
