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

    /// Before version 26, the integers of one width become each other by ``Cast``, which keeps the bits that both have.
    func spell(_ speller: inout Speller) throws {
        if speller.opset >= 26 { return speller.emit(Self.type, [.dataType("to", type)]) }
        let from = try speller.elementType(0)
        let isNumber = type.isInteger && (from.isInteger || from == .bool && type.bitWidth == 8)
        guard from == type || isNumber else {
            throw speller.needs(26, "BitCast of \(from) to \(type)")
        }
        try speller.append(
            Cast(to: type), speller.inputs, outputs: speller.outputs, known: speller.known)
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
