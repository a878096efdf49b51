import HingeGraph

/// An operator that maps each element of input 0 by itself, by a function that has a slope.
protocol UnaryDerivative: DifferentiableOperator {
    /// The gradient of `x` from that of `y`, which is what `x` is mapped to.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand
}

extension UnaryDerivative {
    /// Gives the gradient of input 0.
    public func differentiate(_ derivative: inout Derivative) throws {
        let (x, y) = (try derivative.input(0), try derivative.output())
        let gradient = try gradient(
            derivative.outputGradient(), x: x, y: y, &derivative)
        derivative.give(gradient, for: 0)
    }
}
