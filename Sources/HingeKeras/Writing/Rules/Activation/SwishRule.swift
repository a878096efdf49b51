import HingeGraph
import HingeOperators

/// `Swish` as `Activation("silu")`; with another parameter, as `Rescaling`, the sigmoid and `Multiply`.
struct SwishRule: OperatorRule {
    func write(_ operator: Swish, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        if `operator`.alpha == 1, node.target == .keras3 {
            return [try node.layer(ActivationLayer(activation: .name(.silu)), x, giving: output)]
        }
        let scaled =
            `operator`.alpha == 1
            ? x
            : try node.rescaled(x, by: node.exact(`operator`.alpha, x.type), plus: 0, as: "scaled")
        let gate = try node.layer(
            ActivationLayer(activation: .name(.sigmoid)), scaled, giving: output, as: "gate")
        return [try node.layer(MultiplyLayer(), x, gate, giving: output)]
    }
}
