import HingeGraph

/// The same numbers as another element type.
///
/// A real number becomes the nearest one of the type, ties to even; cast to an integer it is cut off. An integer that
/// doesn't fit loses its higher bits. Everything but 0 is true. Strings hold numbers in plain or scientific notation.
///
/// Source: ONNX Cast 1, 6, 9, 13, 19, 21, 23, 24, 25, 28; before 6 the type was named by a string.
public struct Cast: PreparedOperator {
    /// The element type of the result.
    public var type: DataType
    /// How numbers are converted that the type can't hold.
    public var rules: ConversionRules

    /// Creates the operator.
    public init(to type: DataType, rules: ConversionRules = ConversionRules()) {
        self.type = type
        self.rules = rules
    }
}

public extension Cast {
    static let type = "Cast"

    init(_ node: NodeReader) throws {
        if node.opset < 6 {
            let name = try node.required("to", node.string("to"))
            guard let type = DataType(standardName: name.lowercased()) else {
                throw node.error("to", "expected the name of an element type, found '\(name)'")
            }
            self.type = type
        } else {
            type = try node.required("to", node.dataType("to"))
        }
        rules = try ConversionRules(node)
    }

    func spell(_ speller: inout Speller) throws {
        try speller.requireOutput(type, of: Self.type)
        if speller.opset < 6 {
            return speller.emit(Self.type, [.string("to", type.standardName.uppercased())])
        }
        speller.emit(Self.type, rules.attributes + [.dataType("to", type)])
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        [Cast.infer(context, to: type)]
    }

    internal static func infer(_ context: InferenceContext, to type: DataType?) -> Inferred {
        var output = Inferred.tensor(type, context.shape(0))
        switch type {
        case .int64, .int32:
            output.elements = context.folding { $0 }
            if type == .int32 {
                output.elements = output.elements?.map { element in
                    element.extent.map { Int32(exactly: $0) != nil } ?? true ? element : .unknown
                }
            }
        case .bool: output.elements = context.folding { $0.extent.map { .flag($0 != 0) } }
        default: break
        }
        return output
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        outputs.first.flatMap { $0 }.map { [0: $0] } ?? [:]
    }

    var locality: Locality { .elementwise }

    /// To the type that the elements have.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.dataType(0) == type
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.convert(to: type, rules)
    }
}

extension Cast: UnaryDerivative {
    /// `g in the type of x`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.append(Cast(to: steps.composition.dataType(x)), g)
    }
}
