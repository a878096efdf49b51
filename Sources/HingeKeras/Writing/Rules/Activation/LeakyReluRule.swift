import HingeGraph
import HingeOperators

/// `LeakyRelu` as `LeakyReLU`.
struct LeakyReluRule: OperatorRule {
    func write(_ operator: LeakyRelu, _ node: NodeWriting) throws -> [KerasTensor] {
        [
            try node.layer(
                LeakyReLULayer(negativeSlope: `operator`.alpha), try node.tensor(0),
                giving: try node.output())
        ]
    }
}
