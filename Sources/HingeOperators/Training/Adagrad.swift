import HingeGraph

/// A step of AdaGrad: for each of n tensors, its new values and its new sum of squared gradients.
///
/// Inputs are the learning rate R and the number T of steps before, one number each, then n tensors X, n gradients G and n sums H of
/// squared gradients, all of any shapes; outputs are n new tensors and n new sums. With `g = normCoefficient · X + G`,
/// `h = H + g²`, and the new tensor is `X − R / (1 + T · decayFactor) · g / (√h + epsilon)`.
///
/// Source: ONNX Adagrad 1 of the domain `ai.onnx.preview.training`; Duchi, Hazan and Singer, "Adaptive subgradient methods for
/// online learning and stochastic optimization", 2011.
public struct Adagrad: PreparedOperator {
    /// How fast the learning rate falls.
    public var decayFactor: Float
    /// What keeps the divisor from 0.
    public var epsilon: Float
    /// The factor of the L2 regularization.
    public var normCoefficient: Float

    /// Creates the operator.
    public init(decayFactor: Float = 0, epsilon: Float = 1e-6, normCoefficient: Float = 0) {
        self.decayFactor = decayFactor
        self.epsilon = epsilon
        self.normCoefficient = normCoefficient
    }
}

public extension Adagrad {
    static let type = "Adagrad"
    static var domain: String { "ai.onnx.preview.training" }

    init(_ node: NodeReader) throws {
        decayFactor = try node.float("decay_factor", default: 0)
        epsilon = try node.float("epsilon", default: 1e-6)
        normCoefficient = try node.float("norm_coefficient", default: 0)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [
                .float("decay_factor", decayFactor), .float("epsilon", epsilon),
                .float("norm_coefficient", normCoefficient),
            ])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferOptimizer(stateCount: 1)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        context.optimizerNeeds(stateCount: 1)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.optimize(stateCount: 1) { rate, steps in
            Function(
                rate: rate / (1 + steps * Double(decayFactor)), epsilon: Double(epsilon),
                normCoefficient: Double(normCoefficient))
        }
    }

    private struct Function: OptimizerFunction {
        let rate: Double
        let epsilon: Double
        let normCoefficient: Double

        func callAsFunction(_ x: OptimizerElement, gradient: Double) -> OptimizerElement {
            let regularized = normCoefficient * x.value + gradient
            let sum = x.first + regularized * regularized
            return OptimizerElement(
                value: x.value - rate * regularized / (sum.squareRoot() + epsilon), first: sum)
        }
    }
}

extension InferenceContext {
    /// What the states that are sums of squares, the last ones, need.
    func optimizerNeeds(stateCount: Int) -> [Int: ElementNeeds] {
        guard let layout = try? OptimizerLayout(inputCount: inputs.count, stateCount: stateCount)
        else { return [:] }
        var needs: [Int: ElementNeeds] = [1: .within(0, 9)]
        for tensor in layout.tensors {
            needs[tensor + (1 + stateCount) * layout.count] = .positive
        }
        return needs
    }
}

extension Adagrad: UndifferentiatedOperator {
    /// Steps of optimizers are not differentiated.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("steps of optimizers are not differentiated")
    }
}
