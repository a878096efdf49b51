import HingeGraph

/// The whole number nearest to `x`, elementwise; halves go to the even one.
///
/// Source: ONNX Round 11, 22.
public struct Round: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Round {
    static let type = "Round"

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
        func callAsFunction<T: RealElement>(_ x: T) -> T { x.rounded(.toNearestOrEven) }
    }
}

extension Round: UndifferentiatedOperator {
    /// It is constant between whole numbers and a half.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("it is constant between whole numbers and a half")
    }
}
