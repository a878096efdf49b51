import HingeGraph

/// Gives names that no value of a graph or of its subgraphs has.
package final class NameSupply {
    private var taken: Set<String> = []
    private var counters: [String: Int] = [:]

    /// Creates a supply that knows the names of a graph and of its subgraphs.
    package init(_ graph: Graph) {
        add(graph)
    }

    private func add(_ graph: Graph) {
        taken.formUnion(graph.inputs.map(\.name))
        taken.formUnion(graph.outputs.map(\.name))
        taken.formUnion(graph.initializers.map(\.name))
        taken.formUnion(graph.sparseInitializers.map(\.name))
        for node in graph.nodes {
            taken.formUnion(node.inputs)
            taken.formUnion(node.outputs)
            for subgraph in node.subgraphs { add(subgraph) }
        }
    }

    /// Whether a value has the name.
    package func isTaken(_ name: String) -> Bool { taken.contains(name) }

    /// Takes a name.
    package func take(_ name: String) { taken.insert(name) }

    /// A name that no value has, `hint` or one that begins with it; it is taken from now on.
    package func fresh(_ hint: String) -> String {
        if taken.insert(hint).inserted { return hint }
        var number = counters[hint, default: 0]
        repeat { number += 1 } while !taken.insert("\(hint)_\(number)").inserted
        counters[hint] = number
        return "\(hint)_\(number)"
    }
}

extension Graph {
    /// Renames all values, those of subgraphs included; absent ones keep their empty name.
    mutating func renameValues(_ rename: (String) -> String) {
        func renamed(_ name: String) -> String { name.isEmpty ? "" : rename(name) }
        for index in inputs.indices { inputs[index].name = renamed(inputs[index].name) }
        for index in initializers.indices {
            initializers[index].name = renamed(initializers[index].name)
        }
        for index in sparseInitializers.indices {
            sparseInitializers[index].name = renamed(sparseInitializers[index].name)
        }
        for index in valueInfos.indices { valueInfos[index].name = renamed(valueInfos[index].name) }
        for index in nodes.indices {
            nodes[index].inputs = nodes[index].inputs.map(renamed)
            nodes[index].mapSubgraphs { graph in
                var graph = graph
                graph.renameValues(rename)
                return graph
            }
            nodes[index].outputs = nodes[index].outputs.map(renamed)
        }
        for index in outputs.indices { outputs[index].name = renamed(outputs[index].name) }
    }

    /// Replaces uses of a value by uses of another, in nodes and their subgraphs and in subgraphs' outputs;
    /// names that a subgraph defines itself are its own.
    mutating func replaceUses(of old: String, by new: String) {
        for index in nodes.indices { nodes[index].replaceUses(of: old, by: new) }
    }
}

extension Node {
    /// Replaces uses of a value by uses of another, subgraphs included.
    mutating func replaceUses(of old: String, by new: String) {
        if inputs.contains(old) { inputs = inputs.map { $0 == old ? new : $0 } }
        guard subgraphs.contains(where: { $0.uses(old) }) else { return }
        mapSubgraphs { graph in
            guard graph.uses(old) else { return graph }
            var graph = graph
            graph.replaceUses(of: old, by: new)
            for index in graph.outputs.indices where graph.outputs[index].name == old {
                graph.outputs[index].name = new
            }
            return graph
        }
    }
}

extension Graph {
    /// Whether the graph, a subgraph, refers to a value of the graphs around it.
    func uses(_ name: String) -> Bool {
        let isOwn =
            inputs.contains { $0.name == name } || initializers.contains { $0.name == name }
            || sparseInitializers.contains { $0.name == name }
            || nodes.contains { $0.outputs.contains(name) }
        guard !isOwn else { return false }
        return outputs.contains { $0.name == name }
            || nodes.contains { node in
                node.inputs.contains(name) || node.subgraphs.contains { $0.uses(name) }
            }
    }

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
