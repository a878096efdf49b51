import HingeGraph

/// The number of elements of a sequence: `int64[]`.
///
/// Source: ONNX SequenceLength 11.
public struct SequenceLength: Operator {
    /// Creates the operator.
    public init() {}
}

public extension SequenceLength {
    static let type = "SequenceLength"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        _ = try context.elementType(0)
        return [.tensor(.int64, [])]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        context.set(0, Tensor(scalar: Int64(try context.sequence(0).count)))
    }
}

extension SequenceLength: UndifferentiatedOperator {
    /// Its output is a number of elements.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("its output is a number of elements")
    }
}
