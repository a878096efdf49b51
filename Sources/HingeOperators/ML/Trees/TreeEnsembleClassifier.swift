import HingeGraph

/// The top class of each row of features, `[N]`, by the sum of the votes of decision trees, and the sums, `[N, E]`.
///
/// Where all votes are for the first of two classes, their sum s is the score of the second one: both are
/// `1 − s` and `s` if no weight is negative, else `−s` and `s`; other transforms than none are made of `−s` and `s`,
/// but for `probit`, which is made of `1 − s` and `s`.
///
/// Source: ONNX ml TreeEnsembleClassifier 1, 3, withdrawn in version 5 in favour of ``TreeEnsemble``; the rule for one
/// score is that of ONNX Runtime, and of the standard's reference evaluator for transforms that ONNX Runtime leaves out.
public struct TreeEnsembleClassifier: MachineLearningOperator {
    /// The trees.
    public var forest: Forest
    /// The classes.
    public var labels: ClassLabels
    /// What is added to the sum of each class, or to the only one; empty for nothing.
    public var baseValues: [Double]
    /// What is made of the scores of a row.
    public var transform: PostTransform

    /// Creates the operator.
    ///
    /// - Throws: ``HingeError`` when the trees aren't whole, or vote for other classes.
    public init(
        _ forest: Forest, labels: ClassLabels, baseValues: [Double] = [],
        transform: PostTransform = .none
    ) throws {
        try forest.check(targetCount: labels.count)
        self.forest = forest
        self.labels = labels
        self.baseValues = baseValues
        self.transform = transform
    }
}

public extension TreeEnsembleClassifier {
    static let type = "TreeEnsembleClassifier"

    init(_ node: NodeReader) throws {
        labels = try ClassLabels(
            node, integers: "classlabels_int64s", strings: "classlabels_strings")
        transform = try node.word("post_transform", default: .none)
        baseValues = try node.reals("base_values").values
        forest = try Forest(node, votes: "class", targetCount: labels.count)
        guard
            baseValues.isEmpty || baseValues.count == labels.count
                || isSingle && baseValues.count == 1
        else {
            throw node.error(
                "base_values",
                "expected one for each of \(labels.count) classes, found \(baseValues.count)")
        }
    }

    func spell(_ speller: inout Speller) throws {
        try forest.requireVersion(speller, Self.type)
        var attributes: [Attribute] = [
            labels.attribute(integers: "classlabels_int64s", strings: "classlabels_strings"),
            .string("post_transform", transform.rawValue),
        ]
        if !baseValues.isEmpty { attributes.append(forest.reals("base_values", baseValues)) }
        speller.emit(Self.type, attributes + (try forest.attributes(votes: "class")))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        scores.inferred(
            rows: try context.treeRows(forest), columns: labels.count,
            outputCount: context.outputCount)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: forest.needs]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        try x.requireFeatures()
        let rows = try FeatureRows(x.shape)
        let (columns, isSingle, pair) = (labels.count, isSingle, pair)
        let trees = try PreparedForest(
            forest, x.dataType, rows, isSingle ? 1 : columns, .sum)
        let (base, scores) = (baseValues, scores)
        return { context in
            var results = try trees.run(context.input(0))
            if isSingle {
                if let base = base.first {
                    for index in results.indices { results[index] += base }
                }
                return try scores.write(single: results, pair, &context)
            }
            if !base.isEmpty {
                for index in results.indices { results[index] += base[index % columns] }
            }
            try scores.write(&results, rows: rows.rows, columns: columns, &context)
        }
    }
}

extension TreeEnsembleClassifier {
    private var scores: ClassifierScores {
        ClassifierScores(labels: labels, transform: transform, isWide: forest.type == .float64)
    }

    /// Whether all votes are for the first of two classes.
    private var isSingle: Bool {
        labels.count == 2 && !forest.votes.isEmpty && forest.votes.allSatisfy { $0.target == 0 }
    }

    private var pair: ClassifierScores.Pair {
        switch transform {
        case .none: forest.votes.allSatisfy { $0.weight >= 0 } ? .complement : .opposite
        case .probit: .complement
        case .softmax, .logistic, .softmaxZero: .opposite
        }
    }
}

extension Forest {
    /// What rows of features need so that each side of a branch is taken: features near thresholds, and members.
    var needs: ElementNeeds {
        var needs = ElementNeeds()
        needs.addLandmarks(
            branches.prefix(256).flatMap { $0.mode == .member ? $0.members : [$0.threshold] }
                .filter(\.isFinite))
        return needs
    }

    /// Throws where a version has no such operator, or no numbers in double precision.
    func requireVersion(_ speller: Speller, _ type: String) throws {
        guard speller.opset < 5 else {
            throw HingeError(
                .unsupported, "\(type) is withdrawn from opset 5 on, found \(speller.opset)")
        }
        if self.type == .float64, speller.opset < 3 { throw speller.needs(3, "\(type) of float64") }
    }
}

extension InferenceContext {
    /// N of input 0, rows that have the features that trees ask for.
    func treeRows(_ forest: Forest) throws -> Shape.Dimension {
        let (rows, columns) = try featureRows()
        if let columns = columns.extent {
            try require(
                columns >= forest.featureCount,
                "expected rows of at least \(forest.featureCount) features, found \(columns)")
        }
        return rows
    }
}

extension TreeEnsembleClassifier: UndifferentiatedOperator {
    /// It is constant between the thresholds.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("it is constant between the thresholds")
    }
}
