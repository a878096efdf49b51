import HingeGraph

/// Whether an optional value holds something: `bool[]`.
///
/// An absent input holds nothing; a value that isn't optional holds itself.
///
/// Source: ONNX OptionalHasElement 15, 18, 28; absent inputs and values that aren't optional since 18.
public struct OptionalHasElement: Operator {
    /// Creates the operator.
    public init() {}
}

public extension OptionalHasElement {
    static let type = "OptionalHasElement"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 18 else { return speller.emit(Self.type) }
        guard speller.hasInput(0) else { return try emit(false, &speller) }
        switch speller.type(0) {
        case .optional?, nil: speller.emit(Self.type)
        default: try emit(true, &speller)
        }
    }

    private func emit(_ value: Bool, _ speller: inout Speller) throws {
        try speller.append(
            Constant(Tensor([value], shape: [])), [], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        guard context.has(0) else { return [Inferred(constant: Tensor([false], shape: []))] }
        switch context.input(0)?.type {
        case .optional?, nil: return [.tensor(.bool, [])]
        default: return [Inferred(constant: Tensor([true], shape: []))]
        }
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        var holds = context.has(0)
        if holds, case .optional(nil) = try context.value(0) { holds = false }
        context.set(0, Tensor([holds], shape: []))
    }
}

extension OptionalHasElement: UndifferentiatedOperator {
    /// Its output is a condition.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is a condition") }
}
