import HingeGraph

/// An optional value that holds the input, or nothing if it is absent.
///
/// Source: ONNX Optional 15, 28.
public struct OptionalOf: Operator {
    /// The type of what an optional value without an element would hold.
    public var elementType: ValueType?

    /// Creates the operator.
    public init(elementType: ValueType? = nil) {
        self.elementType = elementType
    }
}

public extension OptionalOf {
    static let type = "Optional"

    init(_ node: NodeReader) throws {
        elementType = try node.type("type")
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, elementType.map { [Attribute("type", .type($0))] } ?? [])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [Inferred(type: .optional(context.has(0) ? context.input(0)?.type : elementType))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        outputs.first.flatMap { $0 }.map { [0: $0] } ?? [:]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        context.set(0, .optional(context.has(0) ? try context.value(0) : nil))
    }
}

extension OptionalOf: UndifferentiatedOperator {
    /// Sequences and optional values have no gradients here.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("sequences and optional values have no gradients here")
    }
}
