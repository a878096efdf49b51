import HingeGraph

/// The sequence of the inputs, tensors of one element type.
///
/// Source: ONNX SequenceConstruct 11.
public struct SequenceConstruct: Operator {
    /// Creates the operator.
    public init() {}
}

public extension SequenceConstruct {
    static let type = "SequenceConstruct"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let facts = context.inputs.map { $0?.withoutElements ?? Inferred() }
        guard let first = facts.first else { return [Inferred(type: .sequence(nil))] }
        let element = try facts.dropFirst().reduce(first) { try $0.common(with: $1) }
        return [Inferred(type: .sequence(element.type))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        moving(Array(context.inputs.indices), of: outputs)
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let tensors = try context.inputs.indices.map { try context.input($0) }
        for tensor in tensors.dropFirst() { try Tensor.requireSameType(tensors[0], tensor) }
        context.set(0, .sequence(tensors.map { .tensor($0) }))
    }
}

extension SequenceConstruct: UndifferentiatedOperator {
    /// Sequences and optional values have no gradients here.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("sequences and optional values have no gradients here")
    }
}
