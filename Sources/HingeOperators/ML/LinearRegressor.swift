import HingeGraph

/// `x · coefficientsᵀ + intercepts` of rows of features, `[N, T]`, as `float32`.
///
/// Coefficients are `[T, F]`, T the number of targets, F that of features.
///
/// Source: ONNX ml LinearRegressor 1.
public struct LinearRegressor: MachineLearningOperator {
    /// The coefficients, row by row: one row for each target.
    public var coefficients: [Float]
    /// What is added for each target; empty for nothing.
    public var intercepts: [Float]
    /// The number of targets.
    public var targetCount: Int
    /// What is made of the results of a row.
    public var transform: PostTransform

    /// Creates the operator.
    public init(
        coefficients: [Float], intercepts: [Float] = [], targetCount: Int = 1,
        transform: PostTransform = .none
    ) {
        self.coefficients = coefficients
        self.intercepts = intercepts
        self.targetCount = targetCount
        self.transform = transform
    }
}

public extension LinearRegressor {
    static let type = "LinearRegressor"

    init(_ node: NodeReader) throws {
        coefficients = try node.required("coefficients", node.floats("coefficients"))
        intercepts = try node.floats("intercepts") ?? []
        targetCount = try node.int("targets", default: 1)
        transform = try node.word("post_transform", default: .none)
        guard targetCount >= 1, coefficients.count % targetCount == 0 else {
            throw node.error(
                "targets",
                "expected a number that divides \(coefficients.count) coefficients, found "
                    + "\(targetCount)")
        }
        guard intercepts.isEmpty || intercepts.count == targetCount else {
            throw node.error(
                "intercepts",
                "expected one for each of \(targetCount) targets, found \(intercepts.count)")
        }
    }

    func spell(_ speller: inout Speller) {
        var attributes: [Attribute] = [
            .floats("coefficients", coefficients),
            .string("post_transform", transform.rawValue), .int("targets", targetCount),
        ]
        if !intercepts.isEmpty { attributes.append(.floats("intercepts", intercepts)) }
        speller.emit(Self.type, attributes)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let rows = try context.featureRows(columns: coefficients.count / targetCount)
        return [.tensor(.float32, [rows, .known(targetCount)])]
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        Extent.product(of: [outputs.first?.type?.shape?[0].extent ?? 1, coefficients.count])
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        try x.requireFeatures()
        let rows = try FeatureRows(x.shape, columns: coefficients.count / targetCount)
        let product = LinearProduct(coefficients, intercepts, outputs: targetCount, rows)
        let (targets, transform) = (targetCount, transform)
        return { context in
            var results = try product(context.input(0))
            let y = try context.output(0, .float32, [rows.rows, targets])
            try transform.write(&results, columns: targets, to: y)
        }
    }
}

extension LinearRegressor: UndifferentiatedOperator {
    /// The derivative of learned models of ai.onnx.ml is not built.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("the derivative of learned models of ai.onnx.ml is not built")
    }
}
