import HingeGraph
import HingeOperators

/// An operator that works on each element by itself, as the operation of the same meaning.
struct UnaryRule<Source: Operator>: OperatorRule {
    /// The operation's class.
    let operation: OperationClass
    /// The arguments of its constructor.
    let config: [(String, JSONValue)]

    /// Creates the rule for an operator.
    init(
        _ source: Source.Type, _ operation: OperationClass, _ config: [(String, JSONValue)] = []
    ) {
        self.operation = operation
        self.config = config
    }

    func write(_ operator: Source, _ node: NodeWriting) throws -> [KerasTensor] {
        [
            try node.operation(
                operation, config, .tensor(try node.tensor(0)), giving: try node.output())
        ]
    }
}
