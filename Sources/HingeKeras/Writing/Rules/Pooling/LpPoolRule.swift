import HingeGraph
import HingeOperators

/// `LpPool` as the root of the mean of powers, times the number of elements of a window: what is added around counts as 0.
struct LpPoolRule: OperatorRule {
    func write(_ operator: LpPool, _ node: NodeWriting) throws -> [KerasTensor] {
        try node.requireChannelsLast()
        let x = try node.tensor(0)
        let output = try node.output()
        let p = `operator`.p
        let window = try KerasWindow(
            `operator`.window, kernel: `operator`.window.kernel, input: x.shape,
            allowsSame: false)
        guard window.settings.dilation.allSatisfy({ $0 == 1 }) else {
            throw node.unsupported("Keras's pooling has no dilation")
        }
        let same = OutputType(x.type, x.shape)
        var powers = try node.operation(
            .numpy(p == 2 ? "Square" : "Absolute"), [], .tensor(x), giving: same,
            as: "magnitudes")
        if p != 1, p != 2 {
            powers = try node.combined(
                "Power", .tensor(powers), try node.number(Double(p), x.type), giving: same,
                as: "powers")
        }
        let pooled = try node.layer(
            AveragePoolRule.layer(window.settings), try node.bordered(powers, window.borders),
            giving: output, as: "mean")
        let count = window.settings.size.reduce(1, *)
        let sum = try node.combined(
            "Multiply", .tensor(pooled), try node.number(Double(count), x.type), giving: output,
            as: p == 1 ? nil : "sum")
        return [try node.root(sum, p, as: nil)]
    }
}
