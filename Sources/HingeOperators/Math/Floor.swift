import HingeGraph

/// The largest whole number that is not above `x`, elementwise.
///
/// Source: ONNX Floor 1, 6, 13.
public struct Floor: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Floor {
    static let type = "Floor"

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
        func callAsFunction<T: RealElement>(_ x: T) -> T { x.rounded(.down) }
    }
}

extension Floor: UndifferentiatedOperator {
    /// It is constant between whole numbers.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("it is constant between whole numbers")
    }
}
