import HingeGraph

/// `y = x`, for any value: tensors, sequences and optional values.
///
/// Source: ONNX Identity 1, 13, 14, 16, 19, 21, 23, 24, 25.
public struct Identity: Operator {
    /// Creates the operator.
    public init() {}
}

public extension Identity {
    static let type = "Identity"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) -> [Inferred] { [context.input(0) ?? Inferred()] }

    var aliasedInput: Int? { 0 }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        outputs.first.flatMap { $0 }.map { [0: $0] } ?? [:]
    }

    var locality: Locality { .elementwise }

    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool { true }

    func evaluate(_ context: inout EvaluationContext) throws {
        context.set(0, try context.value(0))
    }
}

extension Identity: UnaryDerivative {
    /// `g`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        g
    }
}
