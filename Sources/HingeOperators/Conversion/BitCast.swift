import HingeGraph

/// The same bits as another element type of the same width.
///
/// Source: ONNX BitCast 26.
public struct BitCast: Operator {
    /// The element type of the result.
    public var type: DataType

    /// Creates the operator.
    public init(to type: DataType) {
        self.type = type
    }
}

public extension BitCast {
    static let type = "BitCast"

    init(_ node: NodeReader) throws {
        type = try node.required("to", node.dataType("to"))
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.dataType("to", type)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let from = context.dataType(0) {
            try context.require(
                from.bitWidth == type.bitWidth && type != .string,
                "cannot take the bits of \(from) as \(type)")
        }
        return [.tensor(type, context.shape(0))]
    }

    var locality: Locality { .elementwise }

    /// To the type that the elements have.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.dataType(0) == type
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        guard x.dataType.bitWidth == type.bitWidth, type != .string else {
            throw HingeError(.mismatch, "cannot take the bits of \(x.dataType) as \(type)")
        }
        let y = try context.output(0, type, x.shape)
        x.withUnsafeBytes { y.bytes.copyMemory(from: $0) }
    }
}

extension BitCast: UndifferentiatedOperator {
    /// Bits have no slope.
    public static var derivativeAbsence: DerivativeAbsence { .zero("bits have no slope") }
}
