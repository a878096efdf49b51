import HingeGraph

/// A map from the labels of C classes to their scores for each row of `[N, C]`, or `[C]`: a sequence of N maps.
///
/// Source: ONNX ml ZipMap 1.
public struct ZipMap: MachineLearningOperator {
    /// The keys, by columns.
    public var labels: ClassLabels

    /// Creates the operator.
    public init(labels: ClassLabels) {
        self.labels = labels
    }
}

public extension ZipMap {
    static let type = "ZipMap"

    init(_ node: NodeReader) throws {
        labels = try ClassLabels(
            node, integers: "classlabels_int64s", strings: "classlabels_strings")
        guard labels.areDistinct else {
            throw HingeError(.badData, "expected labels that differ, found one twice")
        }
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [labels.attribute(integers: "classlabels_int64s", strings: "classlabels_strings")])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        _ = try context.featureRows(columns: labels.count)
        return [
            Inferred(type: .sequence(.map(key: labels.dataType, value: .tensor(.float32, []))))
        ]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        guard x.dataType == .float32 else { throw x.notSupported() }
        let rows = try FeatureRows(x.shape, columns: labels.count)
        try SequenceLimit.check(count: Extent.product(of: [rows.rows, rows.columns + 1]))
        let keys = try labels.tensor()
        return { context in
            let scores = try context.input(0).reshaped(to: [rows.rows * rows.columns]).scalars()
            let maps = (0..<rows.rows).map { row -> Value in
                let start = row * rows.columns
                return .map(keys: keys, values: Array(scores[start..<start + rows.columns]))
            }
            context.set(0, .sequence(maps))
        }
    }
}

extension ZipMap: UndifferentiatedOperator {
    /// Its output is a map.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is a map") }
}
