import HingeGraph

/// A sequence without the element at a position, input 1, or without the last.
///
/// Source: ONNX SequenceErase 11.
public struct SequenceErase: Operator {
    /// Creates the operator.
    public init() {}
}

public extension SequenceErase {
    static let type = "SequenceErase"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [Inferred(type: .sequence(try context.elementType(0)))]
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
        var elements = try context.sequence(0)
        guard !elements.isEmpty else {
            throw HingeError(.mismatch, "expected an element to erase, found an empty sequence")
        }
        let last = elements.count - 1
        let position =
            context.has(1)
            ? try context.position(1, below: elements.count, length: elements.count) : last
        elements.remove(at: position)
        context.set(0, .sequence(elements))
    }
}

extension SequenceErase: UndifferentiatedOperator {
    /// Sequences and optional values have no gradients here.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("sequences and optional values have no gradients here")
    }
}
