import HingeGraph

/// Whether `x` is false, elementwise.
///
/// Source: ONNX Not 1.
public struct Not: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Not {
    static let type = "Not"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var outputs = context.same()
        outputs[0].elements = context.folding { $0.extent.map { .flag($0 == 0) } }
        return outputs
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map { type in type == .bool ? Function().loop : nil }
    }

    private struct Function: ElementFunction {
        @inline(__always)
        func callAsFunction(_ x: UInt8) -> UInt8 { x == 0 ? 1 : 0 }
    }
}

extension Not: UndifferentiatedOperator {
    /// Its output is a condition.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is a condition") }
}
