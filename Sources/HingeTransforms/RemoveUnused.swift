import HingeGraph

/// Removes what nothing uses.
///
/// Rules:
/// - A node none of whose outputs is used, by a node that stays, by a subgraph of one, or as an output of the
///   graph, goes.
/// - An initializer that no node uses and that is not an output goes; one that is the default of an
///   input stays.
/// - A value info of a value that is no longer there goes.
/// - Subgraphs are cleaned in the same way.
public struct RemoveUnused: Pass {
    /// The name of the pass.
    public static let name = "remove-unused"

    /// Creates the pass.
    public init() {}

    /// Runs the pass.
    public func run(_ model: inout Model) throws -> Bool {
        model.graph.removeUnused()
    }
}

extension Graph {
    /// Removes what nothing uses; returns whether there was anything.
    fileprivate mutating func removeUnused() -> Bool {
        var changed = false
        for index in nodes.indices {
            nodes[index].mapSubgraphs { graph in
                var graph = graph
                if graph.removeUnused() { changed = true }
                return graph
            }
        }
        var used = Set(outputs.map(\.name))
        var kept: [Node] = []
        for node in nodes.reversed() {
            guard node.outputs.contains(where: { used.contains($0) }) else { continue }
            used.formUnion(node.usedNames)
            kept.append(node)
        }
        let isInput = Set(inputs.map(\.name))
        let constants = initializers.filter { used.contains($0.name) || isInput.contains($0.name) }
        changed =
            changed || kept.count != nodes.count || constants.count != initializers.count
        guard changed else { return false }
        nodes = kept.reversed()
        initializers = constants
        sparseInitializers.removeAll { !used.contains($0.name) && !isInput.contains($0.name) }
        let produced = Set(nodes.flatMap(\.outputs)).union(isInput)
        valueInfos.removeAll { !produced.contains($0.name) }
        return true
    }
}
