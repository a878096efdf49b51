import HingeGraph

/// The loss of samples `[N, d₁, …, dₖ]`: minus the log-probability of the class that each one has.
///
/// Input 0 are the log-probabilities, `[N, C, d₁, …, dₖ]`, of C classes, input 1 the classes, integers of the samples' shape,
/// input 2 a weight of each class, `[C]`, or absent. The loss of a sample of the ignored class is 0, and so is its weight. A mean
/// is the sum over that of the weights.
///
/// Sums are kept in double precision.
///
/// Source: ONNX NegativeLogLikelihoodLoss 12, 13, 22.
public struct NegativeLogLikelihoodLoss: LossOperator {
    /// What becomes of the losses of all samples.
    public var reduction: LossReduction
    /// A class, in range or not, whose samples don't count.
    public var ignoredClass: Int?

    /// Creates the operator.
    public init(reduction: LossReduction = .mean, ignoredClass: Int? = nil) {
        self.reduction = reduction
        self.ignoredClass = ignoredClass
    }
}

public extension NegativeLogLikelihoodLoss {
    static let type = "NegativeLogLikelihoodLoss"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [try context.inferLoss(reduction)]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let samples = try ClassifiedSamples(context, reduction, ignoredClass: ignoredClass)
        return try context.inRealType(
            float: { { try pick(samples, &$0, Float.self) } },
            double: { { try pick(samples, &$0, Double.self) } })
    }

    private func pick<T: RealElement>(
        _ samples: ClassifiedSamples, _ context: inout EvaluationContext, _ type: T.Type
    ) throws {
        let scores = try context.input(0).reals(T.self)
        try scores.withUnsafeElements(of: T.self) { scores in
            try samples.write(&context, cost: 8) { _, start, picked in
                -Double(scores[start + picked * samples.inner])
            }
        }
    }
}

extension NegativeLogLikelihoodLoss: SteppedOperator {
    /// The scores of the classes, weighted.
    public func appendSteps(_ steps: inout Composition) throws {
        try steps.giveLoss(of: steps.input(0), reduction, ignoredClass: ignoredClass)
    }
}
