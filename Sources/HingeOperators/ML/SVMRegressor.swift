import HingeGraph

/// The regression of a support vector machine, `rho + Σ coefficient · kernel(x, vector)`, of rows of features: `[N, 1]`
/// as `float32`; or, of a machine of one class, 1 where that is above 0 and −1 elsewhere.
///
/// Source: ONNX ml SVMRegressor 1.
public struct SVMRegressor: MachineLearningOperator {
    /// The support vectors, `[V, F]`, row by row; empty where the coefficients are those of the features.
    public var vectors: [Float]
    /// The number of support vectors.
    public var vectorCount: Int
    /// A coefficient for each vector, or for each feature.
    public var coefficients: [Float]
    /// What is added to the sum.
    public var rho: Float
    /// The kernel function; without vectors the product counts.
    public var kernel: SupportVectorKernel
    /// Whether the result says on which side of the machine's one class a row is.
    public var isOneClass: Bool
    /// What is made of the result of a row.
    public var transform: PostTransform

    /// Creates the operator.
    public init(
        vectors: [Float] = [], vectorCount: Int = 0, coefficients: [Float], rho: Float,
        kernel: SupportVectorKernel = SupportVectorKernel(), isOneClass: Bool = false,
        transform: PostTransform = .none
    ) {
        self.vectors = vectors
        self.vectorCount = vectorCount
        self.coefficients = coefficients
        self.rho = rho
        self.kernel = kernel
        self.isOneClass = isOneClass
        self.transform = transform
    }
}

public extension SVMRegressor {
    static let type = "SVMRegressor"

    init(_ node: NodeReader) throws {
        coefficients = try node.required("coefficients", node.numberList("coefficients"))
        rho = try node.required("rho", node.numberList("rho"))[0]
        vectorCount = try node.int("n_supports", default: 0)
        vectors = try node.floats("support_vectors") ?? []
        kernel = try SupportVectorKernel(node)
        isOneClass = try node.flag("one_class", default: false)
        transform = try node.word("post_transform", default: .none)
        guard vectorCount >= 0, vectorCount == 0 || coefficients.count == vectorCount else {
            throw node.error(
                "coefficients",
                "expected one for each of \(vectorCount) support vectors, found "
                    + "\(coefficients.count)")
        }
        guard vectorCount == 0 || vectors.count % vectorCount == 0 else {
            throw node.error(
                "support_vectors",
                "expected \(vectorCount) vectors of one length, found \(vectors.count) numbers")
        }
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [
                .floats("coefficients", coefficients), .int("n_supports", vectorCount),
                .int("one_class", isOneClass ? 1 : 0),
                .string("post_transform", transform.rawValue), .floats("rho", [rho]),
                .floats("support_vectors", vectors),
            ] + kernel.attributes)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let rows = try context.featureRows(columns: columns)
        return [.tensor(.float32, [rows, 1])]
    }

    private var columns: Int {
        vectorCount == 0 ? coefficients.count : vectors.count / vectorCount
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        try x.requireFeatures()
        let rows = try FeatureRows(x.shape, columns: columns)
        let isLinear = vectorCount == 0
        let machine = try SupportVectors(
            isLinear ? coefficients : vectors, count: isLinear ? 1 : vectorCount,
            isLinear ? SupportVectorKernel() : kernel, rows)
        let factors = isLinear ? [1] : coefficients.map { Double($0) }
        let (rho, isOneClass, transform) = (Double(rho), isOneClass, transform)
        return { context in
            var results = try [Double](bounded: 0, count: rows.rows)
            try results.withUnsafeMutableBufferPointer { results in
                // Each result is written by the one call that has its row.
                nonisolated(unsafe) let results = results
                try machine.forEachRow(context.input(0)) { row, values in
                    var sum = 0.0
                    for index in factors.indices { sum += factors[index] * values[index] }
                    results[row] = isOneClass ? (sum + rho > 0 ? 1 : -1) : sum + rho
                }
            }
            let y = try context.output(0, .float32, [rows.rows, 1])
            try transform.write(&results, columns: 1, to: y)
        }
    }
}

extension SVMRegressor: UndifferentiatedOperator {
    /// The derivative of learned models of ai.onnx.ml is not built.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("the derivative of learned models of ai.onnx.ml is not built")
    }
}
