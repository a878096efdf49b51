import HingeGraph
import HingeOperators

/// `CumSum` that begins with the first element and goes forward, as `Cumsum`.
struct CumSumRule: OperatorRule {
    func write(_ operator: CumSum, _ node: NodeWriting) throws -> [KerasTensor] {
        guard !`operator`.isExclusive, !`operator`.isReversed else {
            throw node.unsupported("Keras has no exclusive or reversed cumulative sum")
        }
        let x = try node.tensor(0)
        guard let axis = try `operator`.axis ?? node.integers(1, "the axis")?.first else {
            throw node.unsupported("the axis isn't known")
        }
        return [
            try node.operation(
                .numpy("Cumsum"),
                [("axis", .integer(axis)), ("dtype", .string(x.type.description))], .tensor(x),
                giving: try node.output())
        ]
    }
}
