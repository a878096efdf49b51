import HingeGraph
import HingeOperators

/// `Reshape` as `Reshape` when it keeps the batch, else as the operation, to the shape that inference finds.
struct ReshapeRule: OperatorRule {
    func write(_ operator: Reshape, _ node: NodeWriting) throws -> [KerasTensor] {
        [try node.reshaped(try node.tensor(0), to: try node.output())]
    }
}
