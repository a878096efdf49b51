import HingeGraph
import HingeOperators

/// `Relu` as `ReLU`.
struct ReluRule: OperatorRule {
    func write(_ operator: Relu, _ node: NodeWriting) throws -> [KerasTensor] {
        [try node.layer(ReLULayer(), try node.tensor(0), giving: try node.output())]
    }
}
