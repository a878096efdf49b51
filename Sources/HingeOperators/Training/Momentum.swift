import HingeGraph

/// A step of gradient descent with momentum: for each of n tensors, its new values and its new momentum.
///
/// Inputs are the learning rate R and the number T of steps before, one number each, then n tensors X, n gradients G and n momenta
/// V, all of any shapes; outputs are n new tensors and n new momenta. With `g = normCoefficient · X + G`, and 1 instead of `beta`
/// at the first step, `v = alpha · V + beta · g`, and the new tensor is `X − R · v`, or, by Nesterov's rule,
/// `X − R · (g + alpha · v)`.
///
/// Source: ONNX Momentum 1 of the domain `ai.onnx.preview.training`; Sutskever, Martens, Dahl and Hinton, "On the importance of
/// initialization and momentum in deep learning", 2013.
public struct Momentum: PreparedOperator {
    /// How the momentum moves a tensor.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// By the momentum.
        case standard
        /// By the gradient and the momentum of the step after.
        case nesterov
    }

    /// How the momentum moves a tensor.
    public var mode: Mode
    /// The part of the momentum that stays.
    public var alpha: Float
    /// The part of the gradient that is added to the momentum after the first step.
    public var beta: Float
    /// The factor of the L2 regularization.
    public var normCoefficient: Float

    /// Creates the operator.
    public init(
        mode: Mode = .standard, alpha: Float, beta: Float, normCoefficient: Float = 0
    ) {
        self.mode = mode
        self.alpha = alpha
        self.beta = beta
        self.normCoefficient = normCoefficient
    }
}

public extension Momentum {
    static let type = "Momentum"
    static var domain: String { "ai.onnx.preview.training" }

    init(_ node: NodeReader) throws {
        mode = try node.required(
            "mode", node.has("mode") ? node.word("mode", default: .standard) : nil)
        alpha = try node.required("alpha", node.float("alpha"))
        beta = try node.required("beta", node.float("beta"))
        normCoefficient = try node.required("norm_coefficient", node.float("norm_coefficient"))
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [
                .float("alpha", alpha), .float("beta", beta), .string("mode", mode.rawValue),
                .float("norm_coefficient", normCoefficient),
            ])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferOptimizer(stateCount: 1)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.optimize(stateCount: 1) { rate, steps in
            Function(
                rate: rate, alpha: Double(alpha), beta: steps > 0 ? Double(beta) : 1,
                normCoefficient: Double(normCoefficient), isNesterov: mode == .nesterov)
        }
    }

    private struct Function: OptimizerFunction {
        let rate: Double
        let alpha: Double
        let beta: Double
        let normCoefficient: Double
        let isNesterov: Bool

        func callAsFunction(_ x: OptimizerElement, gradient: Double) -> OptimizerElement {
            let regularized = normCoefficient * x.value + gradient
            let momentum = alpha * x.first + beta * regularized
            let direction = isNesterov ? regularized + alpha * momentum : momentum
            return OptimizerElement(value: x.value - rate * direction, first: momentum)
        }
    }
}

extension Momentum: UndifferentiatedOperator {
    /// Steps of optimizers are not differentiated.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("steps of optimizers are not differentiated")
    }
}
