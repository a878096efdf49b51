import HingeGraph
import HingeOperators

/// An operator that changes nothing when a model runs: its output is its input.
struct PassThroughRule<Source: Operator>: OperatorRule {
    /// Creates the rule for an operator.
    init(_ source: Source.Type) {}

    func write(_ operator: Source, _ node: NodeWriting) throws -> [KerasTensor] {
        guard !node.isUsed(1) else {
            throw node.unsupported("Keras can't express the second output")
        }
        return [try node.tensor(0)]
    }
}
