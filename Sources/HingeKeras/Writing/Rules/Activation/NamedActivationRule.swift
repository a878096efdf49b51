import HingeGraph
import HingeOperators

/// An operator without parameters as `Activation` with the function's name.
struct NamedActivationRule<Source: Operator>: OperatorRule {
    /// The function.
    let name: ActivationName

    /// Creates the rule for an operator.
    init(_ source: Source.Type, _ name: ActivationName) { self.name = name }

    func write(_ operator: Source, _ node: NodeWriting) throws -> [KerasTensor] {
        [
            try node.layer(
                ActivationLayer(activation: .name(name)), try node.tensor(0),
                giving: try node.output())
        ]
    }
}
