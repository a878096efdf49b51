import HingeGraph

/// The top class of each row of features, `[N]`, and the scores `x · coefficientsᵀ + intercepts`, `[N, E]`.
///
/// Coefficients are `[E, F]`, F the number of features. One score s where there are two classes stands for −s and s.
///
/// Source: ONNX ml LinearClassifier 1; the rule for one score is that of its reference evaluator.
public struct LinearClassifier: MachineLearningOperator {
    /// The coefficients, row by row: one row for each score.
    public var coefficients: [Float]
    /// What is added to each score; empty for nothing.
    public var intercepts: [Float]
    /// The classes.
    public var labels: ClassLabels
    /// What is made of the scores.
    public var transform: PostTransform
    /// Whether one model was trained for all classes; the computation is the same.
    public var isMultinomial: Bool

    /// Creates the operator.
    public init(
        coefficients: [Float], intercepts: [Float] = [], labels: ClassLabels,
        transform: PostTransform = .none, isMultinomial: Bool = false
    ) {
        self.coefficients = coefficients
        self.intercepts = intercepts
        self.labels = labels
        self.transform = transform
        self.isMultinomial = isMultinomial
    }
}

public extension LinearClassifier {
    static let type = "LinearClassifier"

    init(_ node: NodeReader) throws {
        coefficients = try node.required("coefficients", node.floats("coefficients"))
        intercepts = try node.floats("intercepts") ?? []
        labels = try ClassLabels(
            node, integers: "classlabels_ints", strings: "classlabels_strings")
        transform = try node.word("post_transform", default: .none)
        isMultinomial = try node.flag("multi_class", default: false)
        guard intercepts.isEmpty || intercepts.count == labels.count || isSingle else {
            throw node.error(
                "intercepts",
                "expected one for each of \(labels.count) classes, found \(intercepts.count)")
        }
    }

    func spell(_ speller: inout Speller) {
        var attributes: [Attribute] = [
            labels.attribute(integers: "classlabels_ints", strings: "classlabels_strings"),
            .floats("coefficients", coefficients),
            .int("multi_class", isMultinomial ? 1 : 0),
            .string("post_transform", transform.rawValue),
        ]
        if !intercepts.isEmpty { attributes.append(.floats("intercepts", intercepts)) }
        speller.emit(Self.type, attributes)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let (rows, columns) = try context.featureRows()
        if let columns = columns.extent { _ = try scoreCount(columns) }
        return scores.inferred(
            rows: rows, columns: labels.count, outputCount: context.outputCount)
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        Extent.product(of: [outputs.first?.type?.shape?[0].extent ?? 1, coefficients.count])
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        try x.requireFeatures()
        let rows = try FeatureRows(x.shape)
        let count = try scoreCount(rows.columns)
        let product = LinearProduct(coefficients, intercepts, outputs: count, rows)
        let (labels, scores) = (labels, scores)
        return { context in
            var results = try product(context.input(0))
            if count == labels.count {
                try scores.write(&results, rows: rows.rows, columns: count, &context)
            } else {
                try scores.write(single: results, .opposite, &context)
            }
        }
    }
}

extension LinearClassifier {
    private var scores: ClassifierScores { ClassifierScores(labels: labels, transform: transform) }

    /// Whether there is one score for two classes.
    private var isSingle: Bool { labels.count == 2 && intercepts.count == 1 }

    /// The number of scores of a row.
    ///
    /// - Throws: ``HingeError`` when the coefficients aren't as many as features and classes ask for.
    private func scoreCount(_ columns: Int) throws -> Int {
        let counts = isSingle ? [1] : intercepts.isEmpty ? [labels.count, 1] : [labels.count]
        for count in counts where Extent.product(of: [count, columns]) == coefficients.count {
            if count == labels.count || count == 1 && labels.count == 2 { return count }
        }
        throw HingeError(
            .mismatch,
            "expected \(counts[0]) × \(columns) coefficients, found \(coefficients.count)")
    }
}

extension LinearClassifier: UndifferentiatedOperator {
    /// The derivative of learned models of ai.onnx.ml is not built.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("the derivative of learned models of ai.onnx.ml is not built")
    }
}
