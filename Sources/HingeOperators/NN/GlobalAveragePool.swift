import HingeGraph

/// The mean of each channel: `[N, C, spatial…]` becomes `[N, C, 1, …]`.
///
/// N is the batch, C the channels.
///
/// Source: ONNX GlobalAveragePool 1, 22; Keras `GlobalAveragePooling2D(keepdims=True)`.
public struct GlobalAveragePool: PreparedOperator {
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

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.inRealType(
            float: { try kernel(context, Float.self) }, double: { try kernel(context, Double.self) }
        )
    }

    private func kernel<T: RealMatrixElement>(
        _ context: PreparationContext, _ type: T.Type
    ) throws -> Kernel {
        try context.reducePlanes(T.self) { T.mean($0) }
    }
}

extension GlobalAveragePool: SteppedOperator {
    /// A mean over the spatial dimensions.
    public func appendSteps(_ steps: inout Composition) throws {
        let x = try steps.input(0)
        let axes = Array(2..<(try steps.knownShape(x).rank))
        steps.give(try steps.append(ReduceMean(axes: axes), x))
    }
}
