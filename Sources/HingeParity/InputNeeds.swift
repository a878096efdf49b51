import HingeGraph
import HingeOperators
import HingeTransforms

/// What is needed of the inputs of a graph, followed back to them from every operator that needs something.
struct InputNeeds {
    private var needs: [String: ElementNeeds] = [:]

    /// - Parameters:
    ///   - graph: A graph without calls of functions.
    ///   - inferred: What is known of its values.
    init(_ graph: Graph, _ inferred: InferredGraph) {
        follow(graph, inferred)
    }

    /// What is needed of an input; `nil` for nothing.
    subscript(name: String) -> ElementNeeds? { needs[name] }

    private mutating func follow(_ graph: Graph, _ inferred: InferredGraph) {
        for (index, node) in graph.nodes.enumerated().reversed() {
            // Values of the graph around have the same names inside.
            for attribute in node.attributes {
                guard case .graph(let body) = attribute.value,
                    let known = inferred.bodies[index]?[attribute.name]
                else { continue }
                follow(body, known)
            }
            guard index < inferred.operators.count, let typed = inferred.operators[index] else {
                continue
            }
            let outputs = node.outputs.map { needs[$0] }
            for (position, need) in typed.inputNeeds(context(node, typed, inferred), outputs) {
                guard position < node.inputs.count, !node.inputs[position].isEmpty else { continue }
                let name = node.inputs[position]
                if inferred.constant(name) == nil {
                    needs[name] = needs[name]?.merged(with: need) ?? need
                }
            }
        }
    }

    private func context(
        _ node: Node, _ typed: any Operator, _ inferred: InferredGraph
    ) -> InferenceContext {
        var inputs = inferred.inputs(of: node)
        for (position, tensor) in typed.operandValues {
            while inputs.count <= position { inputs.append(nil) }
            inputs[position] = inputs[position] ?? Inferred(constant: tensor)
        }
        return InferenceContext(inputs: inputs, outputCount: node.outputs.count)
    }
}
