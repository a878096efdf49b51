import HingeGraph

/// The loss of samples `[N, d₁, …, dₖ]`: minus the logarithm of the probability, by Softmax, of the class that each one has.
///
/// Input 0 are the scores, `[N, C, d₁, …, dₖ]`, of C classes, input 1 the classes, integers of the samples' shape, input 2 a weight
/// of each class, `[C]`, or absent. The loss of a sample of the ignored class is 0, and so is its weight. A mean is the sum over
/// that of the weights. Output 1 are the logarithms of all probabilities, in the shape of the scores.
///
/// It is computed in double precision.
///
/// Source: ONNX SoftmaxCrossEntropyLoss 12, 13.
public struct SoftmaxCrossEntropyLoss: LossOperator {
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

public extension SoftmaxCrossEntropyLoss {
    static let type = "SoftmaxCrossEntropyLoss"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let loss = try context.inferLoss(reduction)
        return context.outputCount > 1 ? [loss] + context.same() : [loss]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let samples = try ClassifiedSamples(context, reduction, ignoredClass: ignoredClass)
        let shape = try context.input(0).shape
        return try context.inRealType(
            float: { { try write(samples, shape, &$0, Float.self) } },
            double: { { try write(samples, shape, &$0, Double.self) } })
    }

    private func write<T: RealElement>(
        _ samples: ClassifiedSamples, _ shape: [Int], _ context: inout EvaluationContext,
        _ type: T.Type
    ) throws {
        let scores = try context.input(0).reals(T.self)
        let (step, count) = (samples.inner, samples.classCount)
        var logSums = try [Double](bounded: 0, count: samples.count)
        try scores.withUnsafeElements(of: T.self) { scores in
            logSums.withUnsafeMutableBufferPointer { logSums in
                parallelFor(logSums.count, cost: count * RealMath.cost) { range in
                    for sample in range {
                        let (row, place) = sample.quotientAndRemainder(dividingBy: step)
                        logSums[sample] = logSum(scores, row * count * step + place, step, count)
                    }
                }
            }
            try samples.write(&context, cost: 8) { sample, start, picked in
                logSums[sample] - Double(scores[start + picked * step])
            }
            guard context.wants(1) else { return }
            try context.output(1, samples.dataType, shape).fill(cost: 8) { index in
                let sample = index / (count * step) * step + index % step
                return Double(scores[index]) - logSums[sample]
            }
        }
    }

    /// The logarithm of the sum of the exponentials of the scores of one sample.
    private func logSum<T: RealElement>(
        _ scores: UnsafeBufferPointer<T>, _ start: Int, _ step: Int, _ count: Int
    ) -> Double {
        var largest = -Double.infinity
        for index in 0..<count { largest = max(largest, Double(scores[start + index * step])) }
        guard largest.isFinite else { return .nan }
        var sum = 0.0
        for index in 0..<count {
            sum += RealMath.exp(Double(scores[start + index * step]) - largest)
        }
        return largest + RealMath.log(sum)
    }
}

extension SoftmaxCrossEntropyLoss: SteppedOperator {
    /// The logarithms of the probabilities of the classes, weighted.
    public func appendSteps(_ steps: inout Composition) throws {
        let logarithms = try steps.append(LogSoftmax(axis: 1), steps.input(0))
        try steps.giveLoss(of: logarithms, reduction, ignoredClass: ignoredClass)
        steps.give(logarithms, as: 1)
    }
}
