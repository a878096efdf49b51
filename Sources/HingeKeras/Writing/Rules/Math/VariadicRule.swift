import HingeGraph
import HingeOperators

/// An operator of any number of inputs that broadcast, as a merging layer where it fits, or as a chain of operations.
struct VariadicRule<Source: Operator>: OperatorRule {
    /// The operation's class.
    let operation: String
    /// The merging layer.
    let merging: any KerasLayer
    /// Whether the chain's result is divided by the number of inputs.
    let isMean: Bool

    /// Creates the rule for an operator.
    init(
        _ source: Source.Type, _ operation: String, layer: any KerasLayer, isMean: Bool = false
    ) {
        self.operation = operation
        merging = layer
        self.isMean = isMean
    }

    func write(_ operator: Source, _ node: NodeWriting) throws -> [KerasTensor] {
        let output = try node.output()
        let count = node.node.inputs.count
        if count == 1 { return [try node.tensor(0)] }
        if let inputs = node.mergeable() {
            return try node.layer(
                merging, CallArguments([.list(inputs.map { .tensor($0) })]), giving: [output])
        }
        var result = try node.argument(0)
        for index in 1..<count {
            let isLast = index == count - 1 && !isMean
            result = .tensor(
                try node.operation(
                    .numpy(operation), [], result, try node.argument(index), giving: output,
                    as: isLast ? nil : "partial_\(index)"))
        }
        if isMean {
            result = .tensor(
                try node.operation(
                    .numpy("Divide"), [], result, try node.number(Double(count), output.type),
                    giving: output))
        }
        guard case .tensor(let tensor) = result else { return [] }
        return [tensor]
    }
}
