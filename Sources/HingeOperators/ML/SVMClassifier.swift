import HingeGraph

/// The class of each row of features, `[N]`, that a support vector machine finds, and scores `[N, E]`.
///
/// With support vectors, each pair of classes is a machine that votes for one of them, and the class is the first with
/// most votes. Scores are probabilities of the classes where there are the coefficients for them, else those of the
/// pairs in order; of two classes, −s and s. Without support vectors each class has a score that is linear in the features.
///
/// Source: ONNX ml SVMClassifier 1; LIBSVM.
public struct SVMClassifier: MachineLearningOperator {
    /// The support vectors, `[V, F]`, row by row; empty where coefficients are those of the features.
    public var vectors: [Float]
    /// The number of support vectors of each class, in order.
    public var vectorCounts: [Int]
    /// `[C − 1, V]` coefficients, C the number of classes, or `[C, F]` without vectors.
    public var coefficients: [Float]
    /// What is added to the sum of each pair of classes.
    public var rho: [Float]
    /// The factor and what is added to a pair's sum to give the logarithm of its odds; empty where scores are no
    /// probabilities.
    public var odds: [Odds]
    /// The classes.
    public var labels: ClassLabels
    /// The kernel function; without vectors the product counts.
    public var kernel: SupportVectorKernel
    /// What is made of the scores.
    public var transform: PostTransform

    /// What makes the logarithm of the odds against the first class of a pair of the pair's sum.
    public struct Odds: Sendable, Hashable {
        /// The factor.
        public var factor: Float
        /// What is added.
        public var offset: Float

        /// Creates the coefficients.
        public init(factor: Float, offset: Float) {
            self.factor = factor
            self.offset = offset
        }
    }

    /// Creates the operator.
    public init(
        vectors: [Float] = [], vectorCounts: [Int] = [], coefficients: [Float], rho: [Float],
        odds: [Odds] = [], labels: ClassLabels,
        kernel: SupportVectorKernel = SupportVectorKernel(), transform: PostTransform = .none
    ) {
        self.vectors = vectors
        self.vectorCounts = vectorCounts
        self.coefficients = coefficients
        self.rho = rho
        self.odds = odds
        self.labels = labels
        self.kernel = kernel
        self.transform = transform
    }
}

public extension SVMClassifier {
    static let type = "SVMClassifier"

    init(_ node: NodeReader) throws {
        labels = try ClassLabels(
            node, integers: "classlabels_ints", strings: "classlabels_strings")
        coefficients = try node.required("coefficients", node.numberList("coefficients"))
        rho = try node.required("rho", node.numberList("rho"))
        vectors = try node.floats("support_vectors") ?? []
        vectorCounts = try node.ints("vectors_per_class") ?? []
        kernel = try SupportVectorKernel(node)
        transform = try node.word("post_transform", default: .none)
        let factors = try node.floats("prob_a") ?? []
        let offsets = try node.floats("prob_b") ?? []
        guard factors.count == offsets.count else {
            throw node.error(
                "prob_b", "expected \(factors.count) numbers, found \(offsets.count)")
        }
        odds = zip(factors, offsets).map { Odds(factor: $0, offset: $1) }
        try check(node)
    }

    private func check(_ node: NodeReader) throws {
        guard vectorCounts.allSatisfy({ $0 >= 0 }) else {
            throw node.error("vectors_per_class", "expected counts, found \(vectorCounts)")
        }
        guard isMachine else {
            guard coefficients.count % labels.count == 0 else {
                throw node.error(
                    "coefficients",
                    "expected a row for each of \(labels.count) classes, found "
                        + "\(coefficients.count)")
            }
            return
        }
        let (classes, pairs) = (labels.count, pairCount)
        guard vectorCounts.count == classes, vectors.count % vectorCount == 0 else {
            throw node.error(
                "vectors_per_class",
                "expected a count for each of \(classes) classes, found \(vectorCounts)")
        }
        guard coefficients.count == Extent.product(of: [classes - 1, vectorCount]) else {
            throw node.error(
                "coefficients",
                "expected \(classes - 1) × \(vectorCount), found \(coefficients.count)")
        }
        guard rho.count == pairs, odds.isEmpty || odds.count == pairs else {
            throw node.error(
                "rho",
                "expected one for each of \(pairs) pairs of classes, found \(rho.count)")
        }
    }

    func spell(_ speller: inout Speller) {
        var attributes: [Attribute] = [
            labels.attribute(integers: "classlabels_ints", strings: "classlabels_strings"),
            .floats("coefficients", coefficients),
            .string("post_transform", transform.rawValue), .floats("rho", rho),
        ]
        if isMachine {
            attributes += [
                .floats("support_vectors", vectors), .ints("vectors_per_class", vectorCounts),
            ]
        }
        if !odds.isEmpty {
            attributes += [
                .floats("prob_a", odds.map(\.factor)), .floats("prob_b", odds.map(\.offset)),
            ]
        }
        speller.emit(Self.type, attributes + kernel.attributes)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        scores.inferred(
            rows: try context.featureRows(columns: columns), columns: scoreCount,
            outputCount: context.outputCount)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        try x.requireFeatures()
        let rows = try FeatureRows(x.shape, columns: columns)
        let scores = scores
        guard isMachine else {
            let count = labels.count
            let product = LinearProduct(
                coefficients, [Float](repeating: rho[0], count: count), outputs: count, rows)
            return { context in
                var results = try product(context.input(0))
                try scores.write(&results, rows: rows.rows, columns: count, &context)
            }
        }
        let machine = try SupportVectors(vectors, count: vectorCount, kernel, rows)
        let votes = PairwiseVotes(self)
        let (columns, pair) = (scoreCount, pair)
        return { context in
            var found = try votes.run(machine, context.input(0), rows: rows.rows)
            if votes.isSingle {
                try scores.write(single: found.scores, pair, classes: found.classes, &context)
            } else {
                try scores.write(
                    &found.scores, rows: rows.rows, columns: columns, classes: found.classes,
                    &context)
            }
        }
    }
}

extension SVMClassifier {
    private var scores: ClassifierScores { ClassifierScores(labels: labels, transform: transform) }

    /// Whether there are support vectors.
    private var isMachine: Bool { vectorCount > 0 }

    private var vectorCount: Int { Extent.sum(of: vectorCounts) }

    /// The number of pairs of classes.
    private var pairCount: Int {
        Extent.product(of: [labels.count, labels.count - 1]) / 2
    }

    private var columns: Int {
        isMachine ? vectors.count / vectorCount : coefficients.count / labels.count
    }

    private var scoreCount: Int {
        isMachine && odds.isEmpty && labels.count != 2 ? pairCount : labels.count
    }

    private var pair: ClassifierScores.Pair { transform == .probit ? .complement : .opposite }
}

extension SVMClassifier: UndifferentiatedOperator {
    /// The derivative of learned models of ai.onnx.ml is not built.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("the derivative of learned models of ai.onnx.ml is not built")
    }
}
