import HingeGraph

/// `a · b`, elementwise, with broadcasting.
///
/// Integers wrap around.
///
/// Source: ONNX Mul 1, 6, 7, 13, 14; before 7, broadcasting was asked for by attributes.
public struct Mul: BroadcastingOperator {
    /// How the second input is laid over the first, in versions before 7.
    public var legacy: LegacyBroadcast?

    /// Creates the operator.
    public init() {}
}

public extension Mul {
    static let type = "Mul"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting(legacy) { .product([$0, $1]) }
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = context.linearNeeds(outputs) { ($0, 0) }
        for index in 0...1 {
            guard let factor = context.uniformConstant(1 - index), factor <= Mul.maskFactor else {
                continue
            }
            needs[index] = ElementNeeds.within(0, 1).merged(with: needs[index] ?? ElementNeeds())
        }
        return needs
    }

    /// By 1.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.keepsShape(outputs) && context.uniformConstant(1) == 1
    }

    /// The factor from which on a product is one that masks are made of: of what is 0 or 1.
    private static let maskFactor = -1e4

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.aligned(legacy).map(Function(), Function())
    }

    private struct Function: BinaryFunction, BinaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T { a * b }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &* b }
    }
}

extension Mul: DifferentiableOperator {
    /// `g · b` and `g · a`, each summed over what its input is repeated along.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let (a, b) = (try derivative.input(0), try derivative.input(1))
        if derivative.wants(0) { try derivative.giveSum(derivative.multiply(g, b), for: 0) }
        if derivative.wants(1) { try derivative.giveSum(derivative.multiply(g, a), for: 1) }
    }
}
