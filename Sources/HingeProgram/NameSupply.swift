import HingeGraph

/// Gives names that no value of a graph or of its subgraphs has.
package final class NameSupply {
    private var taken: Set<String> = []
    private var counters: [String: Int] = [:]

    /// Creates a supply that knows no names.
    package init() {}

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
