import HingeGraph
import HingeOperators

/// `LogSoftmax` as `Activation("log_softmax")` along the last axis, as the operation along others.
struct LogSoftmaxRule: OperatorRule {
    func write(_ operator: LogSoftmax, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let axis = try node.axis(of: `operator`, x)
        if axis == -1 {
            return [
                try node.layer(
                    ActivationLayer(activation: .name(.logSoftmax)), x, giving: try node.output())
            ]
        }
        return [
            try node.operation(
                .nn("LogSoftmax"), [("axis", .integer(axis))], .tensor(x), giving: try node.output()
            )
        ]
    }
}
