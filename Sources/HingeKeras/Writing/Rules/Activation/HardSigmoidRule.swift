import HingeGraph
import HingeOperators

/// `HardSigmoid` as `Activation("hard_sigmoid")` where Keras 3 means the same by it, else as `Rescaling` and
/// `ReLU(max_value=1)`.
///
/// The name means another slope in Keras 2, so that it never stands in a `.h5` file.
struct HardSigmoidRule: OperatorRule {
    func write(_ operator: HardSigmoid, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        if node.target == .keras3, x.type != .float64, `operator`.alpha == 1 / 6,
            `operator`.beta == 0.5
        {
            return [
                try node.layer(
                    ActivationLayer(activation: .name(.hardSigmoid)), x, giving: output)
            ]
        }
        let line = try node.rescaled(
            x, by: node.exact(`operator`.alpha, x.type), plus: node.exact(`operator`.beta, x.type),
            as: "line")
        return [try node.layer(ReLULayer(maxValue: 1), line, giving: output)]
    }
}
