import HingeGraph

/// What an optional value holds; any other value as it is.
///
/// Source: ONNX OptionalGetElement 15, 18, 28; values that aren't optional since 18.
public struct OptionalGetElement: Operator {
    /// Creates the operator.
    public init() {}
}

public extension OptionalGetElement {
    static let type = "OptionalGetElement"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) throws {
        switch speller.type(0) {
        case .optional?, nil: speller.emit(Self.type)
        case _ where speller.opset >= 18: speller.emit(Self.type)
        default: speller.emit(Identity.type)
        }
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if case .optional(let element) = context.input(0)?.type { return [Inferred(type: element)] }
        return [context.input(0) ?? Inferred()]
    }

    var aliasedInput: Int? { 0 }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        outputs.first.flatMap { $0 }.map { [0: $0] } ?? [:]
    }

    /// Of what isn't an optional value.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        switch context.input(0)?.type {
        case .optional?, nil: false
        default: true
        }
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let value = try context.value(0)
        guard case .optional(let element) = value else { return context.set(0, value) }
        guard let element else {
            throw HingeError(.mismatch, "expected an element, found an empty optional value")
        }
        context.set(0, element)
    }
}

extension OptionalGetElement: UndifferentiatedOperator {
    /// Sequences and optional values have no gradients here.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("sequences and optional values have no gradients here")
    }
}
