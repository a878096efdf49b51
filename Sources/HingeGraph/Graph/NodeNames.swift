extension Model {
    /// Gives every node a name that no other node of its graph has, as ONNX Runtime demands.
    ///
    /// The first node of a name keeps it; another is called after that and its operator: `conv1/Transpose`. Nodes
    /// without a name stay without one. Subgraphs and functions are looked at each by itself; a new name is one that
    /// no node of the model has.
    package mutating func makeNodeNamesUnique() {
        guard hasRepeatedNodeNames else { return }
        var names = NodeNames()
        names.take(graph.nodes)
        for function in functions { names.take(function.nodes) }
        names.makeUnique(&graph.nodes)
        for index in functions.indices { names.makeUnique(&functions[index].nodes) }
    }

    /// Whether two nodes of one graph, one subgraph or one function have the same name.
    package var hasRepeatedNodeNames: Bool {
        NodeNames.areRepeated(graph.nodes)
            || functions.contains { NodeNames.areRepeated($0.nodes) }
    }
}

/// The names of nodes that are taken.
private struct NodeNames {
    private var taken: Set<String> = []
    private var counters: [String: Int] = [:]

    static func areRepeated(_ nodes: [Node]) -> Bool {
        var seen: Set<String> = []
        return nodes.contains { node in
            !node.name.isEmpty && !seen.insert(node.name).inserted
                || node.attributes.contains { attribute in
                    attribute.value.graphs.contains { areRepeated($0.nodes) }
                }
        }
    }

    mutating func take(_ nodes: [Node]) {
        for node in nodes {
            taken.insert(node.name)
            for graph in node.subgraphs { take(graph.nodes) }
        }
    }

    mutating func makeUnique(_ nodes: inout [Node]) {
        var seen: Set<String> = []
        for index in nodes.indices {
            let name = nodes[index].name
            if !name.isEmpty, !seen.insert(name).inserted {
                nodes[index].name = fresh("\(name)/\(nodes[index].type)")
                seen.insert(nodes[index].name)
            }
            nodes[index].mapSubgraphs { graph in
                var graph = graph
                makeUnique(&graph.nodes)
                return graph
            }
        }
    }

    private mutating func fresh(_ hint: String) -> String {
        if taken.insert(hint).inserted { return hint }
        var number = counters[hint, default: 0]
        repeat { number += 1 } while !taken.insert("\(hint)_\(number)").inserted
        counters[hint] = number
        return "\(hint)_\(number)"
    }
}
