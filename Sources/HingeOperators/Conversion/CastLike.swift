import HingeGraph

/// The numbers of input 0 as the element type of input 1.
///
/// Source: ONNX CastLike 15, 19, 21, 23, 24, 25; the rules are those of `Cast`.
public struct CastLike: PreparedOperator {
    /// How numbers are converted that the type can't hold.
    public var rules: ConversionRules

    /// Creates the operator.
    public init(rules: ConversionRules = ConversionRules()) {
        self.rules = rules
    }
}

public extension CastLike {
    static let type = "CastLike"

    init(_ node: NodeReader) throws {
        rules = try ConversionRules(node)
    }

    /// Before version 15 it is a `Cast` to the type of input 1, which must be known.
    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 15 else {
            return speller.emit(Self.type, rules.attributes)
        }
        try speller.append(
            Cast(to: speller.elementType(1), rules: rules), [speller.inputs[0]],
            outputs: speller.outputs, known: Array(speller.known.prefix(1)))
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        [Cast.infer(context, to: context.dataType(1))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        outputs.first.flatMap { $0 }.map { [0: $0] } ?? [:]
    }

    var locality: Locality { .elementwise }

    /// To the type that the elements have.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.dataType(0) != nil && context.dataType(0) == context.dataType(1)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.convert(to: context.input(1).dataType, rules)
    }
}

extension CastLike: UnaryDerivative {
    /// `g in the type of x`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.append(Cast(to: steps.composition.dataType(x)), g)
    }
}
