import HingeGraph

/// `x / (bias + alpha / size · Σ x²)^beta`, with the sum over `size` neighbouring channels.
///
/// `x`: `[N, C, spatial…]`. N is the batch, C the channels.
///
/// Source: ONNX LRN 1, 13; Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural
/// networks", 2012, section 3.3.
public struct LRN: Operator {
    /// The number of channels that are summed.
    public var size: Int
    /// The factor of the sum.
    public var alpha: Float
    /// The exponent.
    public var beta: Float
    /// What is added to the sum.
    public var bias: Float

    /// Creates the operator.
    public init(size: Int, alpha: Float = 0.0001, beta: Float = 0.75, bias: Float = 1) {
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.bias = bias
    }
}

public extension LRN {
    static let type = "LRN"

    init(_ node: NodeReader) throws {
        size = try node.required("size", node.int("size"))
        guard size >= 1 else { throw node.error("size", "expected 1 or more, found \(size)") }
        alpha = try node.float("alpha", default: 0.0001)
        beta = try node.float("beta", default: 0.75)
        bias = try node.float("bias", default: 1)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [
                .float("alpha", alpha), .float("beta", beta), .float("bias", bias),
                .int("size", size),
            ])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let x = context.shape(0) {
            try context.require(x.rank >= 2, "expected a batch and channels, found \(x)")
        }
        return context.same()
    }
}
