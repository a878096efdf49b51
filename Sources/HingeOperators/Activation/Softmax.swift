import HingeGraph

/// `eˣ / Σ eˣ`, the sum taken along an axis.
///
/// Source: ONNX Softmax 1, 11, 13; Keras `Softmax(axis)`.
public struct Softmax: AxisActivation {
    /// The axis; negative values count from the last.
    public var axis: Int
    /// Whether all dimensions from the axis on are taken as one, as versions before 13 mean.
    public var isFlattened = false

    /// Creates the operator.
    public init(axis: Int = -1) {
        self.axis = axis
    }
}

public extension Softmax {
    static let type = "Softmax"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.apply(
            SoftmaxKernel(isLogarithmic: false), span(of: context.input(0).shape))
    }
}

extension Softmax: DifferentiableOperator {
    /// `y · (g − Σ g · y)` along the axis.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let y = try derivative.output()
        let axes = try normalizedAxes(derivative)
        let sum = try derivative.sum(derivative.multiply(g, y), along: axes)
        derivative.give(
            try derivative.multiply(y, derivative.subtract(g, sum)), for: 0)
    }
}
