import HingeGraph
import HingeOperators

/// `Trilu` as `Triu` or `Tril`.
struct TriluRule: OperatorRule {
    func write(_ operator: Trilu, _ node: NodeWriting) throws -> [KerasTensor] {
        let k = try node.integers(1, "the diagonal")?.first ?? 0
        return [
            try node.operation(
                .numpy(`operator`.isUpper ? "Triu" : "Tril"), [("k", .integer(k))],
                .tensor(try node.tensor(0)), giving: try node.output())
        ]
    }
}
