import HingeGraph

/// The mean of all inputs, elementwise, with broadcasting.
///
/// Source: ONNX Mean 1, 6, 8, 13; before 8 all inputs had one shape.
public struct Mean: VariadicOperator {
    /// Creates the operator.
    public init() {}
}

public extension Mean {
    static let type = "Mean"

    func evaluate(_ context: inout EvaluationContext) throws {
        var sum = EvaluationContext(inputs: context.inputs)
        try Sum().evaluate(&sum)
        let count = context.inputs.count
        context.inputs = sum.outputs
        try context.map(Quotient(count: count))
    }

    private struct Quotient: UnaryFunction {
        let count: Int
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x / T(count) }
    }
}
