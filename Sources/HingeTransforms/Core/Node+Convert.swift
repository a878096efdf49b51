import HingeGraph
import HingeOperators

extension Node {
    /// The node as another version of its operators spells it.
    ///
    /// - Parameters:
    ///   - version: The version that the node is written in.
    ///   - target: The version to write, in which the node's bodies are already.
    ///   - known: What is known of the inputs.
    ///   - names: Names for the values in between.
    /// - Throws: ``HingeError`` with the node as its context when the operator isn't known or the version can't
    ///   express it.
    func converted(
        from version: Int, to target: Int, known: [Inferred?] = [], names: NameSupply
    ) throws -> (nodes: [Node], initializers: [NamedTensor]) {
        let reader = NodeReader(
            self, opset: version, inputTypes: known.map { $0?.type },
            constants: known.map { $0?.constant })
        let `operator` = try OperatorRegistry.read(reader)
        return try withContext(place) {
            var spelled = try Speller.spell(
                `operator`, opset: target, inputs: inputs, outputs: outputs, name: name,
                known: known, bodies: attributes.filter { !$0.value.graphs.isEmpty },
                isTaken: names.isTaken)
            for node in spelled.nodes { node.outputs.forEach(names.take) }
            for constant in spelled.initializers { names.take(constant.name) }
            if let last = spelled.nodes.indices.last {
                spelled.nodes[last].documentation = documentation
                spelled.nodes[last].metadata = metadata
            }
            return spelled
        }
    }
}
