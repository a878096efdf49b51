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
}
