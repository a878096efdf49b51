import HingeGraph
import HingeOperators

/// `Einsum` as `Einsum`, the equation without the spaces that Keras doesn't take.
struct EinsumRule: OperatorRule {
    func write(_ operator: Einsum, _ node: NodeWriting) throws -> [KerasTensor] {
        let arguments = try node.node.inputs.indices.map { try node.argument($0) }
        let output = try node.output()
        // Keras adds up integers of fewer bits in 32.
        let narrow: Set<DataType> = [.int8, .uint8, .int16, .uint16]
        guard !narrow.contains(output.type) else {
            throw node.unsupported("Keras gives another type for elements of type \(output.type)")
        }
        let equation = `operator`.equation.filter { !$0.isWhitespace }
        return try node.operation(
            .numpy("Einsum"), [("subscripts", .string(equation))],
            CallArguments(arguments), giving: [output])
    }
}
