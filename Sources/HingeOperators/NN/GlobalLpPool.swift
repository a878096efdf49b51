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
}
