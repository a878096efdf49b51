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
        try context.inferBroadcasting(legacy) {
            if $0 == 1 { return $1 }
            if $1 == 1 { return $0 }
            if $0 == 0 || $1 == 0 { return 0 }
            return .known($0, $1) { $0.multipliedReportingOverflow(by: $1) }
        }
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        context.linearNeeds(outputs) { ($0, 0) }
    }

    /// By 1.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.keepsShape(outputs) && context.uniformConstant(1) == 1
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        try context.align(legacy)
        try context.map(Function(), Function())
    }

    private struct Function: BinaryFunction, BinaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T { a * b }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &* b }
    }
}
