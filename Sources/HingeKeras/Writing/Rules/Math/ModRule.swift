import HingeGraph
import HingeOperators

/// `Mod` with the sign of the divisor as `Mod`.
struct ModRule: OperatorRule {
    func write(_ operator: Mod, _ node: NodeWriting) throws -> [KerasTensor] {
        guard !`operator`.isTruncated else {
            throw node.unsupported("Keras has no remainder with the sign of the dividend")
        }
        return [
            try node.operation(
                .numpy("Mod"), [], try node.argument(0), try node.argument(1),
                giving: try node.output())
        ]
    }
}
