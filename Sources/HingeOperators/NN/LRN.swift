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
        let x = try context.input(0)
        guard x.rank >= 2 else {
            throw HingeError(.mismatch, "expected a batch and channels, found \(x.shape)")
        }
        let channels = x.shape[1]
        let inner = try Tensor.count(of: Array(x.shape.dropFirst(2)))
        let y = try context.output(0, x.dataType, x.shape)
        let values = try x.reals(T.self)
        // The channel itself, and the others around it; of an odd number of others, one more above.
        let below = min((size - 1) / 2, channels)
        let above = min(size / 2, channels)
        let factor = T.Sum(alpha) / T.Sum(size)
        try y.withReals(T.self) { result in
            try values.withUnsafeElements(of: T.self) { values in
                parallelFor(result.count, cost: 2 * RealMath.cost) { range in
                    for index in range {
                        let channel = index / inner % channels
                        var sum: T.Sum = 0
                        for other in max(0, channel - below)...min(channels - 1, channel + above) {
                            let value = values[index + (other - channel) * inner].term
                            sum += value * value
                        }
                        let power = T.Sum.pow(T.Sum(bias) + factor * sum, T.Sum(beta))
                        result[index] = T(values[index].term / power)
                    }
                }
            }
        }
    }
}

extension LRN: SteppedOperator {
    /// The formula, with the sum over channels as a convolution with ones.
    public func appendSteps(_ steps: inout Composition) throws {
        let x = try steps.input(0)
        let rows = try steps.reshape(steps.square(x), to: [0, 1, channels(x, steps), -1])
        let type = try steps.dataType(x)
        let ones = steps.constant(
            try Tensor(filledWith: 1, type, shape: [1, 1, size, 1]))
        let begin = (size - 1) / 2
        let convolution = Conv(padding: .explicit([begin, 0, size - 1 - begin, 0]))
        let sums = try steps.reshape(steps.append(convolution, rows, ones), like: x)
        let base = try steps.add(
            steps.multiply(sums, Double(alpha) / Double(size)), Double(bias))
        steps.give(try steps.divide(x, steps.power(base, Double(beta))))
    }

    private func channels(_ x: Composition.Operand, _ steps: Composition) throws -> Int {
        guard let extent = try steps.knownShape(x)[1].extent else {
            throw steps.unknown("the number of channels")
        }
        return extent
    }
}
