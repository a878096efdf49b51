import HingeGraph

/// The values of a map as one row, `[1, V]`, each in the column that its key has in a vocabulary of V keys.
///
/// A key that the map doesn't have gives 0 or an empty string; one that the vocabulary doesn't have is left out.
///
/// Source: ONNX ml DictVectorizer 1. The standard calls the output a vector; that it is a row is what exporters and ONNX
/// Runtime, their target, have.
public struct DictVectorizer: MachineLearningOperator {
    /// The keys, by columns.
    public var vocabulary: ClassLabels

    /// Creates the operator.
    public init(vocabulary: ClassLabels) {
        self.vocabulary = vocabulary
    }
}

public extension DictVectorizer {
    static let type = "DictVectorizer"

    init(_ node: NodeReader) throws {
        vocabulary = try ClassLabels(
            node, integers: "int64_vocabulary", strings: "string_vocabulary")
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [
                vocabulary.attribute(
                    integers: "int64_vocabulary", strings: "string_vocabulary")
            ])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let (key, value) = try context.requireMap(0)
        try context.require(
            key.map { $0 == vocabulary.dataType } ?? true,
            "expected \(vocabulary.dataType) keys, found \(key?.description ?? "others")")
        return [.tensor(value, [1, .known(vocabulary.count)])]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        (try? vocabulary.tensor()).map { [0: .map(with: $0)] } ?? [:]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let columns = try vocabulary.tensor()
        return { context in
            let (keys, values) = try context.map(0)
            guard keys.dataType == columns.dataType else {
                throw HingeError(
                    .mismatch, "expected \(columns.dataType) keys, found \(keys.dataType)")
            }
            let entries = try Tensor.stack(values, like: .float32)
            let absent = try Tensor(zeros: entries.dataType, shape: [1])
            let places = try KeyTable(keys).places(columns).map { $0 ?? keys.count }
            try context.pick(places, of: entries.appending(absent), [1, columns.count])
        }
    }
}

extension DictVectorizer: UndifferentiatedOperator {
    /// Its input is a map.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its input is a map") }
}
