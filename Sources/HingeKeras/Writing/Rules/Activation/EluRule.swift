import HingeGraph
import HingeOperators

/// `Elu` as `ELU`.
struct EluRule: OperatorRule {
    func write(_ operator: Elu, _ node: NodeWriting) throws -> [KerasTensor] {
        [
            try node.layer(
                ELULayer(alpha: `operator`.alpha), try node.tensor(0), giving: try node.output())
        ]
    }
}
