import HingeGraph
import HingeOperators

/// `IsInf` as `Isinf`, or, for one sign, as a comparison with the infinity.
struct IsInfRule: OperatorRule {
    func write(_ operator: IsInf, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        let both = try node.operation(
            .numpy("Isinf"), [], .tensor(x), giving: output,
            as: `operator`.detectsPositive && `operator`.detectsNegative ? nil : "infinite")
        if `operator`.detectsPositive && `operator`.detectsNegative { return [both] }
        let sign = try node.operation(
            .numpy(`operator`.detectsPositive ? "Greater" : "Less"), [], .tensor(x),
            try node.zero(x.type), giving: output, as: "sign")
        return [
            try node.operation(
                .numpy("LogicalAnd"), [], .tensor(both), .tensor(sign), giving: output)
        ]
    }
}
