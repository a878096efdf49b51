import HingeGraph
import HingeOperators

/// How an operator is written as layers or operations of Keras.
///
/// One rule per operator, each in a file of its own; a rule is made known by one line in ``RuleRegistry``.
/// `LeakyReluRule` is the one to imitate for an operator that is a layer, `GemmRule` for one with weights.
protocol OperatorRule: Sendable {
    /// The operator.
    associatedtype Source: Operator

    /// Makes layers for a node.
    ///
    /// - Returns: A tensor for each output that the node gives, in order.
    /// - Throws: ``HingeError`` when Keras can't express the node.
    func write(_ operator: Source, _ node: NodeWriting) throws -> [KerasTensor]
}

extension OperatorRule {
    /// Makes layers for a node whose operator is known to be the rule's.
    func write(any operator: any Operator, _ node: NodeWriting) throws -> [KerasTensor] {
        guard let source = `operator` as? Source else {
            throw HingeError(
                .internalError, "expected the operator \(Source.type), found \(`operator`.id)")
        }
        return try write(source, node)
    }
}
