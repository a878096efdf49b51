import HingeGraph
import HingeOperators

extension NodeWriting {
    /// `x · kernel + bias` as `Dense`.
    ///
    /// - Parameters:
    ///   - x: `[N, …, in]`.
    ///   - kernel: `[in, units]`.
    ///   - bias: `[units]`.
    ///   - role: What it does for the node; `nil` for what the node mainly does, which may take in an activation.
    func dense(
        _ x: KerasTensor, _ kernel: Tensor, bias: Tensor?, as role: String? = nil
    ) throws -> KerasTensor {
        guard x.shape.dimensions.last?.extent != nil else {
            throw unsupported("Keras needs the number of features to be known, found \(x.shape)")
        }
        var own = ["kernel": kernel]
        own["bias"] = bias
        let activation = role == nil ? absorbActivation() : .linear
        let units = kernel.shape[1]
        return try layer(
            DenseLayer(units: units, activation: activation, useBias: bias != nil), x,
            weights: WrittenWeights(own),
            giving: OutputType(
                x.type, Shape(Array(x.shape.dimensions.dropLast()) + [.known(units)])),
            as: role)
    }
}

extension Tensor {
    /// The elements times a number.
    func scaled(by factor: Float) throws -> Tensor {
        guard factor != 1 else { return self }
        return try .fold(Mul(), self, Tensor(filledWith: Double(factor), dataType, shape: []))
    }
}
