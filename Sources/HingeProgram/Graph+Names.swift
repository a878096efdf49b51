import HingeGraph

extension Node {
    /// The names of the values that the node uses, subgraphs included; each once.
    package var usedNames: Set<String> {
        var used = Set(inputs.filter { !$0.isEmpty })
        for graph in subgraphs { used.formUnion(graph.capturedNames) }
        return used
    }
}

extension Graph {
    /// The names of values of the graphs around this one, a subgraph, that it refers to.
    package var capturedNames: Set<String> {
        var own = Set(inputs.map(\.name) + initializers.map(\.name))
        own.formUnion(sparseInitializers.map(\.name))
        var captured: Set<String> = []
        for node in nodes {
            captured.formUnion(node.inputs.filter { !$0.isEmpty && !own.contains($0) })
            for graph in node.subgraphs { captured.formUnion(graph.capturedNames.subtracting(own)) }
            own.formUnion(node.outputs)
        }
        captured.formUnion(outputs.map(\.name).filter { !own.contains($0) })
        return captured
    }
}
