import HingeGraph
import HingeOperators

/// `ThresholdedRelu` as `ReLU(threshold)`: Keras 3 has no `ThresholdedReLU`.
///
/// Both give 0 at the threshold itself. The threshold of `ReLU` may not be negative.
struct ThresholdedReluRule: OperatorRule {
    func write(_ operator: ThresholdedRelu, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let alpha = node.exact(`operator`.alpha, x.type)
        let output = try node.output()
        guard alpha < 0 else {
            return [try node.layer(ReLULayer(threshold: alpha), x, giving: output)]
        }
        let isAbove = try node.operation(
            .numpy("Greater"), [], .tensor(x), .literal(.number(alpha)),
            giving: OutputType(.bool, x.shape), as: "above")
        let zero = try node.zero(x.type)
        return [
            try node.operation(
                .numpy("Where"), [], .tensor(isAbove), .tensor(x), zero, giving: output)
        ]
    }
}
