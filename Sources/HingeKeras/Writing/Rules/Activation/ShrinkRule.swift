import HingeGraph
import HingeOperators

/// `Shrink` as `HardShrink` without a bias, or as `SoftShrink` with a bias that equals the threshold.
struct ShrinkRule: OperatorRule {
    func write(_ operator: Shrink, _ node: NodeWriting) throws -> [KerasTensor] {
        let name: String
        switch `operator`.bias {
        case 0: name = "HardShrink"
        case `operator`.lambda: name = "SoftShrink"
        default:
            throw node.unsupported(
                "Keras has a bias of 0 or of the threshold \(`operator`.lambda), not \(`operator`.bias)"
            )
        }
        return [
            try node.operation(
                .nn(name), [("threshold", .number(`operator`.lambda.decimal))],
                .tensor(try node.tensor(0)), giving: try node.output())
        ]
    }
}
