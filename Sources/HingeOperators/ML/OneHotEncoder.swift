import HingeGraph

/// Writes each element as a vector of C numbers, C that of categories: 1 at the place of its category, 0 elsewhere.
///
/// The output has one more dimension than the input. Real elements are cut off to integers.
///
/// Source: ONNX ml OneHotEncoder 1.
public struct OneHotEncoder: MachineLearningOperator {
    /// The categories.
    public var categories: ClassLabels
    /// Whether an element of no category gives zeros; otherwise it is an error.
    public var allowsOthers: Bool

    /// Creates the operator.
    public init(categories: ClassLabels, allowsOthers: Bool = true) {
        self.categories = categories
        self.allowsOthers = allowsOthers
    }
}

public extension OneHotEncoder {
    static let type = "OneHotEncoder"

    init(_ node: NodeReader) throws {
        categories = try ClassLabels(node, integers: "cats_int64s", strings: "cats_strings")
        allowsOthers = try node.flag("zeros", default: true)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [
                categories.attribute(integers: "cats_int64s", strings: "cats_strings"),
                .int("zeros", allowsOthers ? 1 : 0),
            ])
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        let shape = context.shape(0).map { Shape($0.dimensions + [.known(categories.count)]) }
        return [.tensor(.float32, shape)]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        guard !allowsOthers else { return [0: .looking(up: try? categories.tensor())] }
        guard case .integers(let integers) = categories,
            let low = integers.min(), let high = integers.max()
        else { return [0: .looking(up: try? categories.tensor())] }
        return [0: .within(Double(low), Double(high))]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        if x.dataType != .string { try x.requireFeatures() }
        let keys = try KeyTable(categories.tensor())
        let (shape, columns, allowsOthers) = (x.shape, categories.count, allowsOthers)
        return { context in
            let x = try context.input(0)
            let places = try keys.places(x)
            if !allowsOthers, let index = places.firstIndex(of: nil) {
                let found = try x.strings?[index].description ?? "\(x.doubles()[index])"
                throw HingeError(.mismatch, "expected one of the categories, found '\(found)'")
            }
            let y = try context.output(0, .float32, shape + [columns])
            try y.withUnsafeElements(of: Float.self) { y in
                y.update(repeating: 0)
                for (index, place) in places.enumerated() {
                    if let place { y[index * columns + place] = 1 }
                }
            }
        }
    }
}

extension OneHotEncoder: UndifferentiatedOperator {
    /// Its input is a category.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its input is a category") }
}
