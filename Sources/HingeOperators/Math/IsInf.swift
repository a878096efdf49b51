import HingeGraph

/// Whether `x` is infinite, elementwise.
///
/// Source: ONNX IsInf 10, 20.
public struct IsInf: PreparedOperator {
    /// Whether −∞ counts.
    public var detectsNegative: Bool
    /// Whether +∞ counts.
    public var detectsPositive: Bool

    /// Creates the operator.
    public init(detectsNegative: Bool = true, detectsPositive: Bool = true) {
        self.detectsNegative = detectsNegative
        self.detectsPositive = detectsPositive
    }
}

public extension IsInf {
    static let type = "IsInf"

    init(_ node: NodeReader) throws {
        detectsNegative = try node.flag("detect_negative", default: true)
        detectsPositive = try node.flag("detect_positive", default: true)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [
                .int("detect_negative", detectsNegative ? 1 : 0),
                .int("detect_positive", detectsPositive ? 1 : 0),
            ])
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        [.tensor(.bool, context.shape(0))]
    }

    var locality: Locality { .elementwise }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.test(Predicate(negative: detectsNegative, positive: detectsPositive))
    }

    private struct Predicate: UnaryPredicate {
        let negative: Bool
        let positive: Bool
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> Bool {
            x == .infinity ? positive : x == -.infinity ? negative : false
        }
    }
}

extension IsInf: UndifferentiatedOperator {
    /// Its output is a condition.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is a condition") }
}
