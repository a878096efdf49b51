import HingeGraph

/// A step of Adam: for each of n tensors, its new values and its new running means of the gradient and of its square.
///
/// Inputs are the learning rate R and the number T of steps before, one number each, then n tensors X, n gradients G, n means V of
/// the gradient and n means H of its square, all of any shapes; outputs are n new tensors, n new means and n new means of squares.
/// With `g = normCoefficient · X + G`, `v = alpha · V + (1 − alpha) · g`, `h = beta · H + (1 − beta) · g²`, and
/// `r = R · √(1 − betaᵀ) / (1 − alphaᵀ)`, or R at the first step, the new tensor is
/// `(1 − postNormCoefficient) · (X − r · v / (√h + epsilon))`.
///
/// Source: ONNX Adam 1 of the domain `ai.onnx.preview.training`; Kingma and Ba, "Adam: a method for stochastic optimization", 2015.
public struct Adam: PreparedOperator {
    /// The part of the mean of the gradient that stays.
    public var alpha: Float
    /// The part of the mean of its square that stays.
    public var beta: Float
    /// What keeps the divisor from 0.
    public var epsilon: Float
    /// The factor of the L2 regularization of the gradient.
    public var normCoefficient: Float
    /// The factor of the L2 regularization of the new values.
    public var postNormCoefficient: Float

    /// Creates the operator.
    public init(
        alpha: Float = 0.9, beta: Float = 0.999, epsilon: Float = 1e-6,
        normCoefficient: Float = 0, postNormCoefficient: Float = 0
    ) {
        self.alpha = alpha
        self.beta = beta
        self.epsilon = epsilon
        self.normCoefficient = normCoefficient
        self.postNormCoefficient = postNormCoefficient
    }
}

public extension Adam {
    static let type = "Adam"
    static var domain: String { "ai.onnx.preview.training" }

    init(_ node: NodeReader) throws {
        alpha = try node.float("alpha", default: 0.9)
        beta = try node.float("beta", default: 0.999)
        epsilon = try node.float("epsilon", default: 1e-6)
        normCoefficient = try node.float("norm_coefficient", default: 0)
        postNormCoefficient = try node.float("norm_coefficient_post", default: 0)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [
                .float("alpha", alpha), .float("beta", beta), .float("epsilon", epsilon),
                .float("norm_coefficient", normCoefficient),
                .float("norm_coefficient_post", postNormCoefficient),
            ])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferOptimizer(stateCount: 2)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        context.optimizerNeeds(stateCount: 2)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.optimize(stateCount: 2) { rate, steps in
            let (alpha, beta) = (Double(alpha), Double(beta))
            let correction =
                steps > 0
                ? (1 - RealMath.pow(beta, steps)).squareRoot() / (1 - RealMath.pow(alpha, steps))
                : 1
            return Function(
                rate: rate * correction, alpha: alpha, beta: beta, epsilon: Double(epsilon),
                normCoefficient: Double(normCoefficient), scale: 1 - Double(postNormCoefficient))
        }
    }

    private struct Function: OptimizerFunction {
        let rate: Double
        let alpha: Double
        let beta: Double
        let epsilon: Double
        let normCoefficient: Double
        let scale: Double

        func callAsFunction(_ x: OptimizerElement, gradient: Double) -> OptimizerElement {
            let regularized = normCoefficient * x.value + gradient
            let mean = alpha * x.first + (1 - alpha) * regularized
            let square = beta * x.second + (1 - beta) * regularized * regularized
            let value = x.value - rate * mean / (square.squareRoot() + epsilon)
            return OptimizerElement(value: scale * value, first: mean, second: square)
        }
    }
}

extension Adam: UndifferentiatedOperator {
    /// Steps of optimizers are not differentiated.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("steps of optimizers are not differentiated")
    }
}
