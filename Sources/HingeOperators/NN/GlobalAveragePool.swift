import HingeGraph

/// The mean of each channel: `[N, C, spatial…]` becomes `[N, C, 1, …]`.
///
/// N is the batch, C the channels.
///
/// Source: ONNX GlobalAveragePool 1, 22; Keras `GlobalAveragePooling2D(keepdims=True)`.
public struct GlobalAveragePool: Operator {
    /// Creates the operator.
    public init() {}
}

public extension GlobalAveragePool {
    static let type = "GlobalAveragePool"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

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
        try context.reducePlanes(T.self) { T.sum($0) / T($0.count) }
    }
}
