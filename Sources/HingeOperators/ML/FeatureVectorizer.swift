import HingeGraph

/// Rows of features `[N, F]` side by side, as `float32`; a vector `[F]` is one row.
///
/// Rows with fewer features than were asked for are filled with zeros, and of longer ones the first are taken.
///
/// Source: ONNX ml FeatureVectorizer 1.
public struct FeatureVectorizer: MachineLearningOperator {
    /// The number of features of each input; `nil` for those that it has.
    public var columns: [Int]?

    /// Creates the operator.
    public init(columns: [Int]? = nil) {
        self.columns = columns
    }
}

public extension FeatureVectorizer {
    static let type = "FeatureVectorizer"

    init(_ node: NodeReader) throws {
        columns = try node.integerList("inputdimensions")
        for count in columns ?? [] where !(0...Tensor.countLimit).contains(count) {
            throw node.error("inputdimensions", "expected numbers of features, found \(count)")
        }
        if let columns, columns.count != node.node.inputs.count {
            throw node.error(
                "inputdimensions",
                "expected one number for each of \(node.node.inputs.count) inputs, found "
                    + "\(columns.count)")
        }
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, columns.map { [.ints("inputdimensions", $0)] } ?? [])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var rows = Shape.Dimension.unknown
        var widths: [Shape.Dimension] = []
        for index in context.inputs.indices {
            let one = InferenceContext(inputs: [context.inputs[index]])
            let found = try one.featureRows()
            rows = try rows.merged(with: found.rows)
            widths.append(try columns.map { try width($0, at: index) } ?? found.columns)
        }
        return [.tensor(.float32, [rows, .sum(widths)])]
    }

    private func width(_ columns: [Int], at index: Int) throws -> Shape.Dimension {
        guard columns.indices.contains(index) else {
            throw HingeError(.mismatch, "expected \(columns.count) inputs, found more")
        }
        return .known(columns[index])
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let inputs = try context.inputs.indices.map { try context.input($0) }
        let rows = try inputs.map { try FeatureRows($0.shape) }
        for input in inputs { try input.requireFeatures() }
        let widths = columns ?? rows.map(\.columns)
        guard let count = rows.first?.rows, rows.allSatisfy({ $0.rows == count }),
            widths.count == inputs.count
        else {
            throw HingeError(
                .mismatch,
                "expected inputs of as many rows, found \(inputs.map(\.shape))")
        }
        let total = Extent.sum(of: widths)
        try MemoryLimit.check(.float32, [count, total])
        return { context in
            let y = try context.output(0, .float32, [count, total])
            try y.withUnsafeElements(of: Float.self) { y in
                y.update(repeating: 0)
                var start = 0
                for (index, width) in widths.enumerated() {
                    let x = try context.input(index).converted(to: .float32)
                    let columns = rows[index].columns
                    try x.withUnsafeElements(of: Float.self) { x in
                        for row in 0..<count {
                            for column in 0..<min(width, columns) {
                                y[row * total + start + column] = x[row * columns + column]
                            }
                        }
                    }
                    start += width
                }
            }
        }
    }
}

extension FeatureVectorizer: UndifferentiatedOperator {
    /// The derivative of learned models of ai.onnx.ml is not built.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("the derivative of learned models of ai.onnx.ml is not built")
    }
}
