import HingeGraph

/// The kernel function of a support vector machine, of two vectors of features.
///
/// Source: ONNX ml SVMClassifier 1, SVMRegressor 1; LIBSVM.
public struct SupportVectorKernel: Sendable, Hashable {
    /// The formula.
    public enum Formula: String, CaseIterable, Sendable {
        /// `a · b`.
        case linear = "LINEAR"
        /// `(gamma a · b + coefficient)^degree`.
        case polynomial = "POLY"
        /// `e^(−gamma |a − b|²)`.
        case radial = "RBF"
        /// `tanh(gamma a · b + coefficient)`.
        case sigmoid = "SIGMOID"
    }

    /// The formula.
    public var formula: Formula
    /// The factor of the product or distance.
    public var gamma: Float
    /// What is added to the product.
    public var coefficient: Float
    /// The exponent.
    public var degree: Float

    /// Creates a kernel function.
    public init(
        _ formula: Formula = .linear, gamma: Float = 0, coefficient: Float = 0, degree: Float = 0
    ) {
        self.formula = formula
        self.gamma = gamma
        self.coefficient = coefficient
        self.degree = degree
    }
}

extension SupportVectorKernel {
    init(_ node: NodeReader) throws {
        self.init(try node.word("kernel_type", default: .linear))
        guard let numbers = try node.numberList("kernel_params") else { return }
        guard numbers.count == 3 else {
            throw node.error("kernel_params", "expected 3 numbers, found \(numbers.count)")
        }
        (gamma, coefficient, degree) = (numbers[0], numbers[1], numbers[2])
    }

    var attributes: [Attribute] {
        [
            .floats("kernel_params", [gamma, coefficient, degree]),
            .string("kernel_type", formula.rawValue),
        ]
    }

    /// The function of two vectors of `count` features.
    @inline(__always)
    func callAsFunction(
        _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, count: Int
    ) -> Double {
        var sum = 0.0
        if formula == .radial {
            for index in 0..<count { sum += (a[index] - b[index]) * (a[index] - b[index]) }
            return RealMath.exp(-Double(gamma) * sum)
        }
        for index in 0..<count { sum += a[index] * b[index] }
        switch formula {
        case .linear, .radial: return sum
        case .polynomial:
            return RealMath.pow(
                Double(gamma) * sum + Double(coefficient), Double(degree))
        case .sigmoid: return RealMath.tanh(Double(gamma) * sum + Double(coefficient))
        }
    }
}

/// The kernel function of rows of features with support vectors, `[V, F]`.
struct SupportVectors: Sendable {
    let kernel: SupportVectorKernel
    private let vectors: [Double]
    private let count: Int
    private let rows: FeatureRows

    /// - Throws: ``HingeError`` when the vectors aren't as long as the rows.
    init(
        _ vectors: [Float], count: Int, _ kernel: SupportVectorKernel, _ rows: FeatureRows
    ) throws {
        guard Extent.product(of: [count, rows.columns]) == vectors.count else {
            throw HingeError(
                .mismatch,
                "expected \(count) × \(rows.columns) numbers in the support vectors, found "
                    + "\(vectors.count)")
        }
        self.vectors = vectors.map { Double($0) }
        self.count = count
        self.kernel = kernel
        self.rows = rows
    }

    /// Calls `body` for each row with its number and the function of it and each vector, on several threads.
    func forEachRow(
        _ x: Tensor, _ body: (_ row: Int, _ values: UnsafePointer<Double>) -> Void
    ) throws {
        let features = try x.doubles()
        let columns = rows.columns
        try MemoryLimit.checkArray(of: Double.self, count: count)
        let cost = Extent.product(of: [count, Extent.sum(of: [4 * columns, RealMath.cost])])
        features.withUnsafeBufferPointer { features in
            vectors.withUnsafeBufferPointer { vectors in
                parallelFor(rows.rows, cost: cost) { range in
                    withTemporaryMemory(of: Double.self, capacity: max(count, 1)) {
                        values in
                        guard let result = values.baseAddress else { return }
                        for row in range {
                            if let a = features.baseAddress, let b = vectors.baseAddress {
                                for index in 0..<count {
                                    result[index] = kernel(
                                        a + row * columns, b + index * columns, count: columns)
                                }
                            } else {
                                values.update(repeating: 0)
                            }
                            body(row, UnsafePointer(result))
                        }
                    }
                }
            }
        }
    }
}
