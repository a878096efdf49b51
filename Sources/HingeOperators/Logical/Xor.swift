import HingeGraph

/// Whether just one of `a` and `b` is true, elementwise, with broadcasting.
///
/// Source: ONNX Xor 1, 7; before 7, broadcasting was asked for by attributes.
public struct Xor: BroadcastingOperator {
    /// How the second input is laid over the first, in versions before 7.
    public var legacy: LegacyBroadcast?

    /// Creates the operator.
    public init() {}
}

public extension Xor {
    static let type = "Xor"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting(legacy, as: .bool) {
            guard let a = $0.extent, let b = $1.extent else { return nil }
            return .known(a ^ b)
        }
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.aligned(legacy).mapBooleans(Function())
    }

    private struct Function: BinaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a ^ b }
    }
}

extension Xor: UndifferentiatedOperator {
    /// Its output is a condition.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is a condition") }
}
