import HingeGraph
import HingeOperators

/// `LeakyRelu` as `LeakyReLU`, whose slope may not be negative; as the operation where it is.
struct LeakyReluRule: OperatorRule {
    func write(_ operator: LeakyRelu, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        guard `operator`.alpha < 0 else {
            return [
                try node.layer(LeakyReLULayer(negativeSlope: `operator`.alpha), x, giving: output)
            ]
        }
        return [
            try node.operation(
                .nn("LeakyRelu"),
                [("negative_slope", .number(node.exact(`operator`.alpha, x.type)))], .tensor(x),
                giving: output)
        ]
    }
}
