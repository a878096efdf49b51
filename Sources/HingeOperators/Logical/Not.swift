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

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        guard x.dataType == .bool else { throw x.notSupported() }
        try Function().run(try context.output(0, .bool, x.shape), x)
    }

    private struct Function: ElementFunction {
        @inline(__always)
        func callAsFunction(_ x: UInt8) -> UInt8 { x == 0 ? 1 : 0 }
    }
}
