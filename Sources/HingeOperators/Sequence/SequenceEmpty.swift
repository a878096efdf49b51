import HingeGraph

/// The sequence without elements.
///
/// Source: ONNX SequenceEmpty 11.
public struct SequenceEmpty: Operator {
    /// The type of the elements of the tensors that may be put in.
    public var dataType: DataType

    /// Creates the operator.
    public init(_ dataType: DataType = .float32) {
        self.dataType = dataType
    }
}

public extension SequenceEmpty {
    static let type = "SequenceEmpty"

    init(_ node: NodeReader) throws {
        dataType = try node.dataType("dtype") ?? .float32
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.int("dtype", dataType.number)])
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        [Inferred(type: .sequence(.tensor(dataType, nil)))]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        context.set(0, .sequence([]))
    }
}

extension SequenceEmpty: UndifferentiatedOperator {
    /// It has no inputs.
    public static var derivativeAbsence: DerivativeAbsence { .zero("it has no inputs") }
}
