import HingeGraph

/// `a / b`, elementwise, with broadcasting.
///
/// The quotient of integers is cut off towards 0; divided by 0 it is 0, and it wraps around.
///
/// Source: ONNX Div 1, 6, 7, 13, 14; before 7, broadcasting was asked for by attributes.
public struct Div: BroadcastingOperator {
    /// How the second input is laid over the first, in versions before 7.
    public var legacy: LegacyBroadcast?

    /// Creates the operator.
    public init() {}
}

public extension Div {
    static let type = "Div"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting(legacy) { .quotient($0, $1) }
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs: [Int: ElementNeeds] = [1: .notZero]
        if let need = outputs.first ?? nil, let b = context.uniformConstant(1), b != 0 {
            needs[0] = need.undoing(factor: 1 / b, offset: 0)
        }
        return needs
    }

    /// By 1.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.keepsShape(outputs) && context.uniformConstant(1) == 1
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.aligned(legacy).map(Function(), Function())
    }

    private struct Function: BinaryFunction, BinaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T { a / b }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
            b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue
        }
    }
}

extension Div: DifferentiableOperator {
    /// `g / b` and `−g / b · y`, each summed over what its input is repeated along.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let part = try derivative.divide(g, derivative.input(1))
        if derivative.wants(0) { try derivative.giveSum(part, for: 0) }
        if derivative.wants(1) {
            let product = try derivative.multiply(part, derivative.output())
            try derivative.giveSum(derivative.negate(product), for: 1)
        }
    }
}
