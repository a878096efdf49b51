import HingeGraph
import HingeOperators

/// `Celu` as the operation; with a parameter of 1 it is `ELU`.
struct CeluRule: OperatorRule {
    func write(_ operator: Celu, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        if `operator`.alpha == 1 { return [try node.layer(ELULayer(), x, giving: output)] }
        return [
            try node.operation(
                .nn("Celu"), [("alpha", .number(node.exact(`operator`.alpha, x.type)))], .tensor(x),
                giving: output)
        ]
    }
}
