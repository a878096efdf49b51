import HingeGraph

/// Each row of `[N, F]`, or `[F]`, divided by its norm, as `float32`; a row whose norm is 0 stays.
///
/// Source: ONNX ml Normalizer 1.
public struct Normalizer: MachineLearningOperator {
    /// What rows are divided by.
    public enum Norm: String, CaseIterable, Sendable {
        /// The largest element, by its sign too.
        case max = "MAX"
        /// The sum of all magnitudes.
        case l1 = "L1"
        /// The root of the sum of squares.
        case l2 = "L2"
    }

    /// What rows are divided by.
    public var norm: Norm

    /// Creates the operator.
    public init(norm: Norm = .max) {
        self.norm = norm
    }
}

public extension Normalizer {
    static let type = "Normalizer"

    init(_ node: NodeReader) throws {
        norm = try node.word("norm", default: .max)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.string("norm", norm.rawValue)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        _ = try context.featureRows()
        return [.tensor(.float32, context.shape(0))]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        try x.requireFeatures()
        let (rows, shape, norm) = (try FeatureRows(x.shape), x.shape, norm)
        return { context in
            let values = try context.input(0).doubles()
            let y = try context.output(0, .float32, shape)
            try y.withUnsafeElements(of: Float.self) { y in
                values.withUnsafeBufferPointer { values in
                    parallelFor(rows.rows, cost: 8 * rows.columns) { range in
                        for row in range {
                            let places = row * rows.columns..<(row + 1) * rows.columns
                            let divisor = norm(UnsafeBufferPointer(rebasing: values[places]))
                            for index in places { y[index] = Float(values[index] / divisor) }
                        }
                    }
                }
            }
        }
    }
}

extension Normalizer.Norm {
    /// What a row is divided by: its norm, or 1 in place of 0.
    @inline(__always)
    fileprivate func callAsFunction(_ row: UnsafeBufferPointer<Double>) -> Double {
        var norm = 0.0
        switch self {
        case .max:
            norm = row.first ?? 0
            for value in row where value > norm { norm = value }
        case .l1: for value in row { norm += value.magnitude }
        case .l2:
            for value in row { norm += value * value }
            norm = norm.squareRoot()
        }
        return norm == 0 ? 1 : norm
    }
}

extension Normalizer: UndifferentiatedOperator {
    /// The derivative of learned models of ai.onnx.ml is not built.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("the derivative of learned models of ai.onnx.ml is not built")
    }
}
