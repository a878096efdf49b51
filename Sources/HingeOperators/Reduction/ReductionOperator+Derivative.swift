import HingeGraph

extension ReductionOperator {
    /// The axes, as an operand; `nil` for all.
    func axesOperand(_ derivative: inout Derivative) -> Derivative.Operand? {
        if let given = derivative.optionalInput(1) { return given }
        return axes.map { derivative.integers($0) }
    }

    /// A value of the output's shape with the reduced dimensions in place, so that it broadcasts to the input.
    func kept(
        _ value: Derivative.Operand, _ derivative: inout Derivative
    ) throws -> Derivative.Operand {
        if keepsDimensions { return value }
        let x = try derivative.input(0)
        let given = derivative.optionalInput(1)
        let known = given.map { derivative.composition.fact($0).constant }
        if let rank = derivative.composition.shape(x)?.rank, known == nil || known != .some(nil) {
            let constant = try known?.map { try $0.integers() }
            let reduced = try reducedAxes(constant ?? axes, rank: rank).sorted()
            return reduced.isEmpty
                ? value : try derivative.append(Unsqueeze(axes: reduced), value)
        }
        var reduction = ReduceMax(isIdentityWithoutAxes: isIdentityWithoutAxes)
        reduction.keepsDimensions = true
        let shaped = try derivative.append(reduction, x, axesOperand(&derivative))
        return try derivative.reshape(value, like: shaped)
    }

    /// The derivative of an operator that chooses an element: `g` for it; several that are equal share it evenly.
    func differentiateExtremum(_ derivative: inout Derivative) throws {
        let g = try kept(derivative.outputGradient(), &derivative)
        let y = try kept(derivative.output(), &derivative)
        let isChosen = try derivative.append(Equal(), derivative.input(0), y)
        let marks = try derivative.number(isChosen, like: y)
        let count = try derivative.append(
            ReduceSum(isIdentityWithoutAxes: isIdentityWithoutAxes), marks, axesOperand(&derivative)
        )
        derivative.give(
            try derivative.keep(derivative.divide(g, count), where: isChosen), for: 0)
    }
}
