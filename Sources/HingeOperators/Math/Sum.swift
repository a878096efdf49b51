import HingeGraph

/// The sum of all inputs, elementwise, with broadcasting.
///
/// They are added from the left, in double precision.
///
/// Source: ONNX Sum 1, 6, 8, 13; before 8 all inputs had one shape.
public struct Sum: VariadicOperator {
    /// Creates the operator.
    public init() {}
}

public extension Sum {
    static let type = "Sum"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.roundingOnce { try $0.reduceInputs(Function()) }
    }

    internal struct Function: BinaryFunction {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T { a + b }
    }
}

extension Sum: DifferentiableOperator {
    /// `g`, summed over what an input is repeated along.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        for index in derivative.inputs where derivative.wants(index) {
            try derivative.giveSum(g, for: index)
        }
    }
}
