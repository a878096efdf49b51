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
}
