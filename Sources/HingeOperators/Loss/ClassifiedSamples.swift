import HingeGraph

/// Samples `[N, d₁, …, dₖ]` whose classes are told by scores `[N, C, d₁, …, dₖ]`: C classes along dimension 1.
struct ClassifiedSamples: Sendable {
    /// The type of the scores, and of the loss.
    let dataType: DataType
    /// The shape of the samples.
    let shape: [Int]
    /// The number of samples.
    let count: Int
    /// The number of classes.
    let classCount: Int
    /// The number of samples with the same first index; scores of one sample are that far apart.
    let inner: Int
    let reduction: LossReduction
    let ignoredClass: Int?

    /// Reads the types of scores, input 0, classes, input 1, and the weights of classes, `[C]`, input 2.
    ///
    /// - Throws: ``HingeError`` when they don't fit each other.
    init(_ context: PreparationContext, _ reduction: LossReduction, ignoredClass: Int?) throws {
        let (scores, classes) = (try context.input(0), try context.input(1))
        let weights = try context.optionalInput(2)
        try ClassifiedSamples.check(
            Shape(scores.shape), Shape(classes.shape), weights.map { Shape($0.shape) })
        switch scores.dataType {
        case .float16, .bfloat16, .float32, .float64: break
        default: throw scores.notSupported()
        }
        guard classes.dataType == .int32 || classes.dataType == .int64 else {
            throw classes.notSupported(as: "input 1")
        }
        dataType = scores.dataType
        shape = classes.shape
        count = try Tensor.count(of: shape)
        classCount = scores.shape[1]
        inner = scores.shape.dropFirst(2).reduce(1, *)
        self.reduction = reduction
        self.ignoredClass = ignoredClass
    }

    /// Throws when shapes surely don't fit each other.
    static func check(_ scores: Shape, _ classes: Shape?, _ weights: Shape?) throws {
        guard scores.rank >= 2 else {
            throw HingeError(.mismatch, "expected scores [N, C, …], found \(scores)")
        }
        if let classes {
            let samples = [scores[0]] + scores.dimensions.dropFirst(2)
            guard classes.agrees(with: Shape(samples)) else {
                throw HingeError(
                    .mismatch, "expected classes of shape \(Shape(samples)), found \(classes)")
            }
        }
        if let weights {
            guard weights.agrees(with: [scores[1]]) else {
                throw HingeError(
                    .mismatch, "expected a weight of each of \(scores[1]) classes, found \(weights)"
                )
            }
        }
    }

    /// The shape of the loss.
    var lossShape: [Int] { reduction == .none ? shape : [] }

    /// Writes the loss of all samples to output 0.
    ///
    /// Sums are kept in double precision, and don't depend on the number of threads.
    ///
    /// - Parameters:
    ///   - cost: The work of one sample, as `parallelFor` counts it.
    ///   - loss: The loss of a sample, given its number, the offset of its first score and its class; several threads call it at the
    ///     same time.
    func write(
        _ context: inout EvaluationContext, cost: Int, _ loss: (Int, Int, Int) -> Double
    ) throws {
        let classes = try context.input(1).integers()
        let weights = try context.optionalInput(2)?.doubles()
        let wrong = classes.first { $0 != ignoredClass && !(0..<classCount).contains($0) }
        if let wrong {
            throw HingeError(
                .mismatch, "expected classes from 0 to \(classCount - 1), found \(wrong)")
        }
        func weighted(_ sample: Int) -> (loss: Double, weight: Double) {
            let picked = classes[sample]
            guard picked != ignoredClass else { return (0, 0) }
            let (row, place) = sample.quotientAndRemainder(dividingBy: inner)
            let weight = weights?[picked] ?? 1
            return (loss(sample, row * classCount * inner + place, picked) * weight, weight)
        }
        let output = try context.output(0, dataType, lossShape)
        if reduction == .none {
            return try output.fill(cost: cost) { weighted($0).loss }
        }
        let blocks = (count + ClassifiedSamples.blockSize - 1) / ClassifiedSamples.blockSize
        var sums = try [(loss: Double, weight: Double)](bounded: (0, 0), count: blocks)
        sums.withUnsafeMutableBufferPointer { sums in
            parallelFor(blocks, cost: cost * ClassifiedSamples.blockSize) { range in
                for block in range {
                    let first = block * ClassifiedSamples.blockSize
                    for sample in first..<min(first + ClassifiedSamples.blockSize, count) {
                        let (loss, weight) = weighted(sample)
                        sums[block].loss += loss
                        sums[block].weight += weight
                    }
                }
            }
        }
        let total = sums.reduce(into: (loss: 0.0, weight: 0.0)) {
            $0 = ($0.loss + $1.loss, $0.weight + $1.weight)
        }
        try output.fill(cost: 1) { _ in
            reduction == .sum ? total.loss : total.loss / total.weight
        }
    }

    private static let blockSize = 1024
}
