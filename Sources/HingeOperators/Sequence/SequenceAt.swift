import HingeGraph

/// The element of a sequence at a position, input 1; a negative position counts from the end.
///
/// Source: ONNX SequenceAt 11.
public struct SequenceAt: Operator {
    /// Creates the operator.
    public init() {}
}

public extension SequenceAt {
    static let type = "SequenceAt"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [Inferred(type: try context.elementType(0))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        // Every sequence has these.
        needs[1] = .within(-1, 0)
        return needs
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let elements = try context.sequence(0)
        let position = try context.position(1, below: elements.count, length: elements.count)
        context.set(0, elements[position])
    }
}

extension SequenceAt: UndifferentiatedOperator {
    /// Sequences and optional values have no gradients here.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("sequences and optional values have no gradients here")
    }
}
