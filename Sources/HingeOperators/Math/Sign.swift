import HingeGraph

/// −1, 0 or 1 as `x` is negative, zero or positive, elementwise.
///
/// A NaN stays a NaN.
///
/// Source: ONNX Sign 9, 13.
public struct Sign: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Sign {
    static let type = "Sign"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var outputs = context.same()
        outputs[0].elements = context.folding { $0.extent.map { .known($0.signum()) } }
        return outputs
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function(), Function())
    }

    private struct Function: UnaryFunction, UnaryIntegerFunction {
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x > 0 ? 1 : x < 0 ? -1 : x }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T { x > 0 ? 1 : x == 0 ? 0 : 0 &- 1 }
    }
}

extension Sign: UndifferentiatedOperator {
    /// It is constant on both sides of 0.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("it is constant on both sides of 0")
    }
}
