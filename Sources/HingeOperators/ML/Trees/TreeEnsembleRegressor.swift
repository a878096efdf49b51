import HingeGraph

/// What decision trees make of rows of features: `[N, T]` as `float32`, T the number of targets.
///
/// Source: ONNX ml TreeEnsembleRegressor 1, 3; withdrawn in version 5 in favour of ``TreeEnsemble``.
public struct TreeEnsembleRegressor: MachineLearningOperator {
    /// The trees.
    public var forest: Forest
    /// The number of targets.
    public var targetCount: Int
    /// What is made of the votes for a target.
    public var aggregate: VoteAggregate
    /// What is then added for each target; empty for nothing.
    public var baseValues: [Double]
    /// What is made of the results of a row.
    public var transform: PostTransform

    /// Creates the operator.
    ///
    /// - Throws: ``HingeError`` when the trees aren't whole, or vote for other targets.
    public init(
        _ forest: Forest, targetCount: Int, aggregate: VoteAggregate = .sum,
        baseValues: [Double] = [], transform: PostTransform = .none
    ) throws {
        try forest.check(targetCount: targetCount)
        self.forest = forest
        self.targetCount = targetCount
        self.aggregate = aggregate
        self.baseValues = baseValues
        self.transform = transform
    }
}

public extension TreeEnsembleRegressor {
    static let type = "TreeEnsembleRegressor"

    init(_ node: NodeReader) throws {
        targetCount = try node.required("n_targets", node.int("n_targets"))
        guard targetCount >= 1 else {
            throw node.error("n_targets", "expected 1 or more, found \(targetCount)")
        }
        aggregate = try node.word("aggregate_function", default: .sum)
        transform = try node.word("post_transform", default: .none)
        baseValues = try node.reals("base_values").values
        guard baseValues.isEmpty || baseValues.count == targetCount else {
            throw node.error(
                "base_values",
                "expected one for each of \(targetCount) targets, found \(baseValues.count)")
        }
        forest = try Forest(node, votes: "target", targetCount: targetCount)
    }

    func spell(_ speller: inout Speller) throws {
        try forest.requireVersion(speller, Self.type)
        var attributes: [Attribute] = [
            .string("aggregate_function", aggregate.rawValue), .int("n_targets", targetCount),
            .string("post_transform", transform.rawValue),
        ]
        if !baseValues.isEmpty { attributes.append(forest.reals("base_values", baseValues)) }
        speller.emit(Self.type, attributes + (try forest.attributes(votes: "target")))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [.tensor(.float32, [try context.treeRows(forest), .known(targetCount)])]
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
        let trees = try PreparedForest(forest, x.dataType, rows, targetCount, aggregate)
        let (targets, base, transform) = (targetCount, baseValues, transform)
        return { context in
            var results = try trees.run(context.input(0))
            if !base.isEmpty {
                for index in results.indices { results[index] += base[index % targets] }
            }
            let y = try context.output(0, .float32, [rows.rows, targets])
            try transform.write(&results, columns: targets, to: y)
        }
    }
}

extension TreeEnsembleRegressor: UndifferentiatedOperator {
    /// It is constant between the thresholds.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("it is constant between the thresholds")
    }
}
