import HingeGraph

/// Joins the tensors of a sequence along one dimension, or along a new one.
///
/// Source: ONNX ConcatFromSequence 11.
public struct ConcatFromSequence: Operator {
    /// The dimension of the output along which the tensors follow each other; a negative one counts from the last.
    public var axis: Int
    /// Whether the dimension is a new one.
    public var insertsAxis: Bool

    /// Creates the operator.
    public init(axis: Int, insertsAxis: Bool = false) {
        self.axis = axis
        self.insertsAxis = insertsAxis
    }
}

public extension ConcatFromSequence {
    static let type = "ConcatFromSequence"

    init(_ node: NodeReader) throws {
        axis = try node.required("axis", node.int("axis"))
        insertsAxis = try node.flag("new_axis", default: false)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type, [.int("axis", axis), .int("new_axis", insertsAxis ? 1 : 0)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let element = try context.elementType(0)
        guard var shape = element?.shape else { return [.tensor(element?.dataType, nil)] }
        let axis = try InferenceContext.axis(axis, rank: shape.rank + (insertsAxis ? 1 : 0))
        if insertsAxis {
            shape.dimensions.insert(.unknown, at: axis)
        } else {
            shape[axis] = .unknown
        }
        return [.tensor(element?.dataType, shape)]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        moving(0, of: outputs)
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        var tensors = try Value.tensors(context.sequence(0))
        guard let first = tensors.first else {
            throw HingeError(.mismatch, "expected a tensor to join, found an empty sequence")
        }
        if insertsAxis {
            let axis = try InferenceContext.axis(axis, rank: first.rank + 1)
            tensors = try tensors.map { tensor in
                guard tensor.shape == first.shape else {
                    throw HingeError(
                        .mismatch,
                        "expected tensors of one shape, found \(first.shape) and \(tensor.shape)")
                }
                var shape = tensor.shape
                shape.insert(1, at: axis)
                return try tensor.reshaped(to: shape)
            }
        }
        context.inputs = tensors.map { .tensor($0) }
        try Concat(axis: axis).evaluate(&context)
    }
}

extension ConcatFromSequence: UndifferentiatedOperator {
    /// Sequences and optional values have no gradients here.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("sequences and optional values have no gradients here")
    }
}
