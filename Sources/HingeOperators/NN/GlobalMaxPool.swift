import HingeGraph

/// The largest element of each channel: `[N, C, spatial…]` becomes `[N, C, 1, …]`.
///
/// N is the batch, C the channels.
///
/// Source: ONNX GlobalMaxPool 1, 22; Keras `GlobalMaxPooling2D(keepdims=True)`.
public struct GlobalMaxPool: PreparedOperator {
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

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.inRealType(
            float: { try kernel(context, Float.self) }, double: { try kernel(context, Double.self) }
        )
    }

    private func kernel<T: RealMatrixElement>(
        _ context: PreparationContext, _ type: T.Type
    ) throws -> Kernel {
        try context.reducePlanes(T.self) { plane in
            plane.reduce(-.infinity) { $0 < $1 || $1 != $1 ? $1 : $0 }
        }
    }
}

extension GlobalMaxPool: SteppedOperator {
    /// The first of the largest elements.
    public func appendSteps(_ steps: inout Composition) throws {
        let x = try steps.input(0)
        let rank = try steps.knownShape(x).rank
        let flat = try steps.reshape(x, to: [0, 0, -1])
        let places = try steps.append(ArgMax(axis: 2), flat)
        let largest = try steps.append(GatherElements(axis: 2), flat, places)
        let inner = [Int](repeating: 1, count: rank - 2)
        steps.give(try steps.reshape(largest, to: [0, 0] + inner))
    }
}
