import HingeGraph

/// Whether `a` or `b` or both are true, elementwise, with broadcasting.
///
/// Source: ONNX Or 1, 7; before 7, broadcasting was asked for by attributes.
public struct Or: BroadcastingOperator {
    /// How the second input is laid over the first, in versions before 7.
    public var legacy: LegacyBroadcast?

    /// Creates the operator.
    public init() {}
}

public extension Or {
    static let type = "Or"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting(legacy, as: .bool) {
            guard let a = $0.extent, let b = $1.extent else { return nil }
            return .known(a | b)
        }
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.aligned(legacy).mapBooleans(Function())
    }

    private struct Function: BinaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a | b }
    }
}

extension Or: UndifferentiatedOperator {
    /// Its output is a condition.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is a condition") }
}
