import HingeGraph

/// `a + b`, elementwise, with broadcasting.
///
/// Integers wrap around.
///
/// Source: ONNX Add 1, 6, 7, 13, 14; before 7, broadcasting was asked for by attributes.
public struct Add: BroadcastingOperator {
    /// How the second input is laid over the first, in versions before 7.
    public var legacy: LegacyBroadcast?

    /// Creates the operator.
    public init() {}
}

public extension Add {
    static let type = "Add"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting(legacy) { .sum([$0, $1]) }
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        context.linearNeeds(outputs) { (1, $0) }
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.aligned(legacy).map(Function(), Function())
    }

    private struct Function: BinaryFunction, BinaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T { a + b }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &+ b }
    }
}

extension Add: DifferentiableOperator {
    /// `g` and `g`, each summed over what its input is repeated along.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        if derivative.wants(0) { try derivative.giveSum(g, for: 0) }
        if derivative.wants(1) { try derivative.giveSum(g, for: 1) }
    }
}
