import HingeGraph

/// What decision trees make of rows of features: `[N, T]`, T the number of targets, of the type of the features.
///
/// Source: ONNX ml TreeEnsemble 5.
public struct TreeEnsemble: MachineLearningOperator {
    /// The trees.
    public var forest: Forest
    /// The number of targets.
    public var targetCount: Int
    /// What is made of the votes for a target.
    public var aggregate: VoteAggregate
    /// What is made of the results of a row.
    public var transform: PostTransform

    /// Creates the operator.
    ///
    /// - Throws: ``HingeError`` when the trees aren't whole, or vote for other targets.
    public init(
        _ forest: Forest, targetCount: Int, aggregate: VoteAggregate = .sum,
        transform: PostTransform = .none
    ) throws {
        try forest.check(targetCount: targetCount)
        self.forest = forest
        self.targetCount = targetCount
        self.aggregate = aggregate
        self.transform = transform
    }
}

public extension TreeEnsemble {
    static let type = "TreeEnsemble"

    init(_ node: NodeReader) throws {
        targetCount = try node.required("n_targets", node.int("n_targets"))
        guard targetCount >= 1 else {
            throw node.error("n_targets", "expected 1 or more, found \(targetCount)")
        }
        let aggregateNumber = try node.int("aggregate_function", default: 1)
        let transformNumber = try node.int("post_transform", default: 0)
        guard let aggregate = VoteAggregate(number: aggregateNumber) else {
            throw node.error(
                "aggregate_function", "expected a number from 0 to 3, found \(aggregateNumber)")
        }
        guard let transform = PostTransform(number: transformNumber) else {
            throw node.error(
                "post_transform", "expected a number from 0 to 4, found \(transformNumber)")
        }
        (self.aggregate, self.transform) = (aggregate, transform)
        forest = try Forest(ensemble: node)
        try forest.check(targetCount: targetCount)
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset >= 5 else { throw speller.needs(5, Self.type) }
        speller.emit(
            Self.type,
            [
                .int("aggregate_function", aggregate.number), .int("n_targets", targetCount),
                .int("post_transform", transform.number),
            ] + (try forest.ensembleAttributes()))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [.tensor(context.dataType(0), [try context.treeRows(forest), .known(targetCount)])]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: forest.needs]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        guard [.float32, .float64, .float16].contains(x.dataType) else { throw x.notSupported() }
        let rows = try FeatureRows(x.shape)
        let trees = try PreparedForest(forest, x.dataType, rows, targetCount, aggregate)
        let (type, targets, transform) = (x.dataType, targetCount, transform)
        return { context in
            var results = try trees.run(context.input(0))
            let y = try context.output(0, type, [rows.rows, targets])
            try transform.write(&results, columns: targets, to: y)
        }
    }
}

extension TreeEnsemble: UndifferentiatedOperator {
    /// It is constant between the thresholds.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("it is constant between the thresholds")
    }
}
