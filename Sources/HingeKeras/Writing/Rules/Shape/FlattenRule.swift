import HingeGraph
import HingeOperators

/// `Flatten` as `Flatten` when it keeps the batch; else as a reshape.
struct FlattenRule: OperatorRule {
    func write(_ operator: Flatten, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        let axis = `operator`.axis < 0 ? `operator`.axis + x.rank : `operator`.axis
        if axis == 1, x.rank > 1 { return [try node.layer(FlattenLayer(), x, giving: output)] }
        return [try node.reshaped(x, to: output)]
    }
}
