import HingeGraph
import HingeOperators

/// `Shrink` as `HardShrink` without a bias, as `SoftShrink` with a bias that equals the threshold, else as a choice between
/// the shifted element and 0.
struct ShrinkRule: OperatorRule {
    func write(_ operator: Shrink, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let (lambda, bias) = (`operator`.lambda, `operator`.bias)
        if x.type.isFloatingPoint, lambda > 0, bias == 0 || bias == lambda {
            return [
                try node.operation(
                    .nn(bias == 0 ? "HardShrink" : "SoftShrink"),
                    [("threshold", .number(node.exact(lambda, x.type)))], .tensor(x),
                    giving: try node.output())
            ]
        }
        guard x.type.isFloatingPoint else {
            throw node.unsupported("Keras can't shrink elements of type \(x.type)")
        }
        let output = try node.output()
        let truth = OutputType(.bool, x.shape)
        let input = CallArgument<KerasTensor>.tensor(x)
        let isLow = try node.combined(
            "Less", input, try node.number(-Double(lambda), x.type), giving: truth, as: "low")
        let isHigh = try node.combined(
            "Greater", input, try node.number(Double(lambda), x.type), giving: truth, as: "high")
        let raised = try node.combined(
            "Add", input, try node.number(Double(bias), x.type), giving: output, as: "raised")
        let lowered = try node.combined(
            "Subtract", input, try node.number(Double(bias), x.type), giving: output, as: "lowered")
        let upper = try node.operation(
            .numpy("Where"), [], .tensor(isHigh), .tensor(lowered), try node.zero(x.type),
            giving: output, as: "upper")
        return [
            try node.operation(
                .numpy("Where"), [], .tensor(isLow), .tensor(raised), .tensor(upper),
                giving: output)
        ]
    }
}
