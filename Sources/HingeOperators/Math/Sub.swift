import HingeGraph

/// `a − b`, elementwise, with broadcasting.
///
/// Integers wrap around.
///
/// Source: ONNX Sub 1, 6, 7, 13, 14; before 7, broadcasting was asked for by attributes.
public struct Sub: BroadcastingOperator {
    /// How the second input is laid over the first, in versions before 7.
    public var legacy: LegacyBroadcast?

    /// Creates the operator.
    public init() {}
}

public extension Sub {
    static let type = "Sub"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting(legacy) { $0.minus($1) }
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs: [Int: ElementNeeds] = [:]
        guard let need = outputs.first ?? nil else { return needs }
        if let b = context.uniformConstant(1) { needs[0] = need.undoing(factor: 1, offset: -b) }
        if let a = context.uniformConstant(0) { needs[1] = need.undoing(factor: -1, offset: a) }
        return needs
    }

    /// Of 0. (The difference from −0 isn't one, and neither is the sum with 0: they make −0 a 0.)
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        guard context.keepsShape(outputs), context.uniformConstant(1) == 0,
            let zeros = try? context.constant(1)?.doubles()
        else { return false }
        return zeros.allSatisfy { $0.sign == .plus }
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.aligned(legacy).map(Function(), Function())
    }

    private struct Function: BinaryFunction, BinaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T { a - b }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &- b }
    }
}

extension Sub: DifferentiableOperator {
    /// `g` and `−g`, each summed over what its input is repeated along.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        if derivative.wants(0) { try derivative.giveSum(g, for: 0) }
        if derivative.wants(1) { try derivative.giveSum(derivative.negate(g), for: 1) }
    }
}
