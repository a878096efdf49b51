import HingeGraph
import HingeOperators

/// `Identity`: its output is its input.
struct IdentityRule: OperatorRule {
    func write(_ operator: Identity, _ node: NodeWriting) throws -> [KerasTensor] {
        [try node.tensor(0)]
    }
}

/// `Dropout` outside training: its output is its input.
struct DropoutRule: OperatorRule {
    func write(_ operator: Dropout, _ node: NodeWriting) throws -> [KerasTensor] {
        guard !node.isUsed(1) else {
            throw node.unsupported("Keras doesn't give out which elements a dropout has kept")
        }
        guard `operator`.training == .never else {
            throw node.unsupported("Keras drops elements only while it trains")
        }
        return [try node.tensor(0)]
    }
}
