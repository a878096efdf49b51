import HingeGraph
import HingeOperators

/// `Gelu` as `Activation("gelu")`, which is the exact one, or as the operation where it is approximated.
struct GeluRule: OperatorRule {
    func write(_ operator: Gelu, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        switch `operator`.approximation {
        case .none:
            return [
                try node.layer(ActivationLayer(activation: .name(.gelu)), x, giving: output)
            ]
        case .tanh:
            return [
                try node.operation(
                    .nn("Gelu"), [("approximate", true)], .tensor(x), giving: output)
            ]
        }
    }
}
