import HingeGraph

/// An operator that hands elements of input 0 on, each perhaps several times.
///
/// Its derivative puts the gradients back where the elements came from, which the operator itself finds out: it is
/// applied to the numbers of the elements' places.
protocol MovingDerivative: DifferentiableOperator {}

extension MovingDerivative {
    /// `g` where its elements came from, added up.
    public func differentiate(_ derivative: inout Derivative) throws {
        try derivative.putBack(self)
    }
}

extension Derivative {
    /// Gives the gradient of input 0 of an operator that hands elements of it on.
    mutating func putBack(_ operation: any Operator) throws {
        let x = try input(0)
        let count = try append(SizeOf(), x)
        let numbers = try append(
            NumberRange(), composition.integer(0), count, composition.integer(1))
        let others = inputs.dropFirst().map { optionalInput($0) }
        let places = try append(
            operation, [reshape(numbers, like: x)] + others, outputCount: 1)[0]
        let type = try composition.dataType(x)
        let zeros = try append(
            ConstantOfShape(Tensor(filledWith: 0, type, shape: [1])),
            append(Unsqueeze(axes: [0]), count))
        let gradient = try append(
            ScatterElements(axis: 0, reduction: .add), zeros, reshape(places, to: [-1]),
            reshape(outputGradient(), to: [-1]))
        give(try reshape(gradient, like: x), for: 0)
    }
}
