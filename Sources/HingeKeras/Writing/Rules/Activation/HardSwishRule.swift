import HingeGraph
import HingeOperators

/// `HardSwish` as `Activation("hard_silu")` of Keras 3, else as `Rescaling`, `ReLU(max_value=1)` and `Multiply`.
struct HardSwishRule: OperatorRule {
    func write(_ operator: HardSwish, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        if node.target == .keras3 {
            return [
                try node.layer(ActivationLayer(activation: .name(.hardSilu)), x, giving: output)
            ]
        }
        let line = try node.rescaled(x, by: 1.0 / 6, plus: 0.5, as: "line")
        let gate = try node.layer(ReLULayer(maxValue: 1), line, giving: output, as: "gate")
        return [try node.layer(MultiplyLayer(), x, gate, giving: output)]
    }
}
