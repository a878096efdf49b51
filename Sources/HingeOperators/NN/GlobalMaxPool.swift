import HingeGraph

/// The largest element of each channel: `[N, C, spatial…]` becomes `[N, C, 1, …]`.
///
/// N is the batch, C the channels.
///
/// Source: ONNX GlobalMaxPool 1, 22; Keras `GlobalMaxPooling2D(keepdims=True)`.
public struct GlobalMaxPool: Operator {
    /// Creates the operator.
    public init() {}
}

public extension GlobalMaxPool {
    static let type = "GlobalMaxPool"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferGlobalPool()
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        moving(0, of: outputs)
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
        try context.reducePlanes(T.self) { plane in
            plane.reduce(-.infinity) { $0 < $1 || $1 != $1 ? $1 : $0 }
        }
    }
}
