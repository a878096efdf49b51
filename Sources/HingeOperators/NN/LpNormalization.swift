import HingeGraph

/// `x / ‖x‖ₚ` along an axis; 0 where the norm is 0.
///
/// Source: ONNX LpNormalization 1, 22; Keras `UnitNormalization`.
public struct LpNormalization: Operator {
    /// The axis along which the norm is taken; negative counts from the end.
    public var axis: Int
    /// The order of the norm, 1 or 2.
    public var p: Int

    /// Creates the operator.
    public init(axis: Int = -1, p: Int = 2) {
        self.axis = axis
        self.p = p
    }
}

public extension LpNormalization {
    static let type = "LpNormalization"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: -1)
        p = try node.int("p", default: 2)
        guard p == 1 || p == 2 else { throw node.error("p", "expected 1 or 2, found \(p)") }
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.int("axis", axis), .int("p", p)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let x = context.shape(0) { _ = try InferenceContext.axis(axis, rank: x.rank) }
        return context.same()
    }
}
