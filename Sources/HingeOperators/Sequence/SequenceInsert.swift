import HingeGraph

/// A sequence with a tensor, input 1, put in before the element at a position, input 2, or at the end.
///
/// The elements' memory is shared with the sequence before.
///
/// Source: ONNX SequenceInsert 11.
public struct SequenceInsert: Operator {
    /// Creates the operator.
    public init() {}
}

public extension SequenceInsert {
    static let type = "SequenceInsert"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let element = Inferred(type: try context.elementType(0))
        let tensor = context.input(1)?.withoutElements ?? Inferred()
        return [Inferred(type: .sequence(try element.common(with: tensor).type))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, 1, of: outputs)
        // Every sequence has it, the empty one too.
        needs[2] = .exactly([0])
        return needs
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        var elements = try context.sequence(0)
        let tensor = try context.input(1)
        if let first = elements.first?.tensor { try Tensor.requireSameType(first, tensor) }
        let position =
            context.has(2)
            ? try context.position(2, below: elements.count + 1, length: elements.count)
            : elements.count
        try SequenceLimit.check(count: elements.count + 1)
        elements.insert(.tensor(tensor), at: position)
        context.set(0, .sequence(elements))
    }
}

extension SequenceInsert: UndifferentiatedOperator {
    /// Sequences and optional values have no gradients here.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("sequences and optional values have no gradients here")
    }
}
