import HingeGraph

/// The smallest whole number that is not below `x`, elementwise.
///
/// Source: ONNX Ceil 1, 6, 13.
public struct Ceil: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Ceil {
    static let type = "Ceil"

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        outputs.first.flatMap { $0 }.map { [0: $0] } ?? [:]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x.rounded(.up) }
    }
}

extension Ceil: UndifferentiatedOperator {
    /// It is constant between whole numbers.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("it is constant between whole numbers")
    }
}
