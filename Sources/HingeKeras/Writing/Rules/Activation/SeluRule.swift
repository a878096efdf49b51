import HingeGraph
import HingeOperators

/// `Selu` as `Activation("selu")`; with other parameters, as `ELU` and `Rescaling`.
struct SeluRule: OperatorRule {
    func write(_ operator: Selu, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        if `operator`.isStandard {
            return [
                try node.layer(ActivationLayer(activation: .name(.selu)), x, giving: output)
            ]
        }
        let elu = try node.layer(ELULayer(alpha: `operator`.alpha), x, giving: output, as: "elu")
        return [try node.rescaled(elu, by: node.exact(`operator`.gamma, x.type), plus: 0)]
    }
}

extension NodeWriting {
    /// `x · scale + offset` as `Rescaling`.
    ///
    /// - Throws: ``HingeError`` when the layer would compute with other numbers: TensorFlow takes them in single precision
    ///   first.
    func rescaled(
        _ x: KerasTensor, by scale: Double, plus offset: Double, as role: String? = nil
    ) throws -> KerasTensor {
        if x.type == .float64 {
            guard [scale, offset].allSatisfy({ Double(Float($0)) == $0 || $0.isNaN }) else {
                throw unsupported(
                    "Keras's Rescaling takes \(scale) and \(offset) in single precision")
            }
        }
        return try layer(
            RescalingLayer(scale: Tensor(scalar: scale), offset: Tensor(scalar: offset)), x,
            giving: OutputType(x.type, x.shape), as: role)
    }
}
