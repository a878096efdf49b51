import HingeGraph

/// `x − ln Σ eˣ`, the sum taken along an axis: the logarithm of the softmax.
///
/// Source: ONNX LogSoftmax 1, 11, 13; Keras activation `log_softmax`.
public struct LogSoftmax: AxisActivation {
    /// The axis; negative values count from the last.
    public var axis: Int
    /// Whether all dimensions from the axis on are taken as one, as versions before 13 mean.
    public var isFlattened = false

    /// Creates the operator.
    public init(axis: Int = -1) {
        self.axis = axis
    }
}

public extension LogSoftmax {
    static let type = "LogSoftmax"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.apply(SoftmaxKernel(isLogarithmic: true), span(of: context.input(0).shape))
    }
}

extension LogSoftmax: DifferentiableOperator {
    /// `g − eʸ · Σ g` along the axis.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let probability = try derivative.append(Exp(), derivative.output())
        let sum = try derivative.sum(g, along: normalizedAxes(derivative))
        derivative.give(
            try derivative.subtract(g, derivative.multiply(probability, sum)), for: 0)
    }
}
