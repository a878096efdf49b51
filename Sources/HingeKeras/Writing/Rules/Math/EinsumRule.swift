import HingeGraph
import HingeOperators

/// `Einsum` as `Einsum`.
struct EinsumRule: OperatorRule {
    func write(_ operator: Einsum, _ node: NodeWriting) throws -> [KerasTensor] {
        let arguments = try node.node.inputs.indices.map { try node.argument($0) }
        return try node.operation(
            .numpy("Einsum"), [("subscripts", .string(`operator`.equation))],
            CallArguments(arguments), giving: [try node.output()])
    }
}
