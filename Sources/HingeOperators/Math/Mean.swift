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

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.roundingOnce { try kernel($0) }
    }

    private func kernel(_ context: PreparationContext) throws -> Kernel {
        let sum = try context.reduceInputs(Sum.Function())
        let type = try context.input(0).dataType
        guard let divide = type.loop(Quotient(count: context.inputs.count)) else {
            throw type.notSupported()
        }
        return { context in
            try sum(&context)
            guard let total = context.outputs[0]?.tensor else { return }
            try divide(context.output(0, type, total.shape), total)
        }
    }

    private struct Quotient: UnaryFunction {
        static var isRoundedOnce: Bool { true }
        let count: Int
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x / T(count) }
    }
}

extension Mean: DifferentiableOperator {
    /// `g / n` of n inputs, summed over what an input is repeated along.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let part = try derivative.multiply(g, 1 / Double(derivative.inputs.count))
        for index in derivative.inputs where derivative.wants(index) {
            try derivative.giveSum(part, for: index)
        }
    }
}
