import HingeGraph

/// The bitwise complement of `x`, integers, elementwise.
///
/// Source: ONNX BitwiseNot 18.
public struct BitwiseNot: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension BitwiseNot {
    static let type = "BitwiseNot"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.mapIntegers(Function())
    }

    private struct Function: UnaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T { ~x }
    }
}

extension BitwiseNot: UndifferentiatedOperator {
    /// It computes with integers.
    public static var derivativeAbsence: DerivativeAbsence { .zero("it computes with integers") }
}
