import HingeGraph

/// `(x − mean) / √(variance + epsilon) · scale + bias`, with the mean and variance of each channel of each sample.
///
/// `x`: `[N, C, spatial…]`; scale and bias: `[C]`. N is the batch, C the channels.
///
/// Source: ONNX InstanceNormalization 1, 6, 22; Ulyanov, Vedaldi and Lempitsky, "Instance normalization", 2016.
public struct InstanceNormalization: Operator {
    /// What is added to the variance.
    public var epsilon: Float

    /// Creates the operator.
    public init(epsilon: Float = 1e-5) {
        self.epsilon = epsilon
    }
}

public extension InstanceNormalization {
    static let type = "InstanceNormalization"

    init(_ node: NodeReader) throws {
        epsilon = try node.float("epsilon", default: 1e-5)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.float("epsilon", epsilon)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let x = context.shape(0) {
            try context.require(x.rank >= 2, "expected a batch and channels, found \(x)")
            for index in 1...2 {
                guard let channels = x[1].extent, let found = context.shape(index)?.extents else {
                    continue
                }
                try context.require(
                    found == [channels],
                    "expected input \(index) of shape [\(channels)], found \(found)")
            }
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
        let scale = try context.parameter(1, count: channels, T.Sum.self)
        let bias = try context.parameter(2, count: channels, T.Sum.self)
        let count = try Tensor.count(of: Array(x.shape.dropFirst(2)))
        try context.normalizeRuns(of: count, epsilon: epsilon, T.self) { run, y, _, _ in
            let channel = run % channels
            for index in y.indices { y[index] = y[index] * scale[channel] + bias[channel] }
        }
    }
}

extension InstanceNormalization: SteppedOperator {
    /// The formula.
    public func appendSteps(_ steps: inout Composition) throws {
        let x = try steps.input(0)
        let rank = try steps.knownShape(x).rank
        let axes = Array(2..<rank)
        let centred = try steps.subtract(x, steps.append(ReduceMean(axes: axes), x))
        let variance = try steps.append(ReduceMean(axes: axes), steps.square(centred))
        let deviation = try steps.append(Sqrt(), steps.add(variance, Double(epsilon)))
        let normal = try steps.divide(centred, deviation)
        let shape = [-1] + [Int](repeating: 1, count: rank - 2)
        let scale = try steps.reshape(steps.input(1), to: shape)
        let bias = try steps.reshape(steps.input(2), to: shape)
        steps.give(try steps.add(steps.multiply(normal, scale), bias))
    }
}
