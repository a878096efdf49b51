import HingeGraph

/// The p-norm of each channel: `[N, C, spatial…]` becomes `[N, C, 1, …]`.
///
/// N is the batch, C the channels.
///
/// Source: ONNX GlobalLpPool 1, 2, 22.
public struct GlobalLpPool: Operator {
    /// The order of the norm; only version 1 allows one that is not an integer.
    public var p: Float

    /// Creates the operator.
    public init(p: Float = 2) {
        self.p = p
    }
}

public extension GlobalLpPool {
    static let type = "GlobalLpPool"

    init(_ node: NodeReader) throws { p = try node.norm() }

    func spell(_ speller: inout Speller) throws {
        speller.emit(Self.type, [try speller.norm(p)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferGlobalPool()
    }

    var isSpatial: Bool { true }

    func evaluate(_ context: inout EvaluationContext) throws {
        try context.inRealType {
            try evaluate(&$0, Float.self)
        } double: {
            try evaluate(&$0, Double.self)
        }
    }

    private func evaluate<T: RealMatrixElement>(
        _ context: inout EvaluationContext, _ type: T.Type
    ) throws {
        let power = T(p)
        try context.reducePlanes(T.self) { plane in
            plane.reduce(T.zero) { sum, value in
                switch p {
                case 1: sum + value.magnitude
                case 2: sum + value * value
                default: sum + T.pow(value.magnitude, power)
                }
            }.root(p)
        }
    }
}
