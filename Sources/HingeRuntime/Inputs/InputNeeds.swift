import HingeGraph
import HingeOperators
import HingeProgram
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
            for attribute in node.attributes {
                guard case .graph(let body) = attribute.value,
                    let known = inferred.bodies[index]?[attribute.name]
                else { continue }
                follow(body, of: node, index, known, inferred)
            }
            guard let typed = inferred.operator(index) else { continue }
            let outputs = node.outputs.map { needs[$0] }
            for (position, need) in typed.inputNeeds(context(node, typed, inferred), outputs) {
                guard position < node.inputs.count else { continue }
                add(need, of: node.inputs[position], inferred)
            }
        }
    }

    private mutating func add(_ need: ElementNeeds, of name: String, _ inferred: InferredGraph) {
        guard !name.isEmpty, inferred.constant(name) == nil else { return }
        needs[name] = needs[name]?.merged(with: need) ?? need
    }

    /// Follows what is needed through a body of a node.
    ///
    /// A body gives the node's outputs last, and takes its inputs last; values of the graphs around have the same names
    /// inside.
    private mutating func follow(
        _ body: Graph, of node: Node, _ index: Int, _ known: InferredGraph,
        _ inferred: InferredGraph
    ) {
        for (inside, outside) in zip(body.outputs.reversed(), node.outputs.reversed()) {
            if let need = needs[outside] { add(need.anywhere, of: inside.name, known) }
        }
        follow(body, known)
        for (inside, outside) in zip(body.inputs.reversed(), node.inputs.reversed()) {
            guard var need = needs[inside.name]?.anywhere else { continue }
            if inferred.operator(index) is Loop, inside.name == body.inputs.first?.name {
                // The number of the iteration is below the count of iterations.
                need = .count(upTo: need.range.map { Int(min(max($0.upperBound, 0), 1e6)) + 1 })
            }
            add(need, of: outside, inferred)
        }
        for name in body.inputs.map(\.name) + body.nodes.flatMap(\.outputs) { needs[name] = nil }
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
