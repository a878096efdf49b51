import HingeGraph
import HingeOperators

extension Model {
    /// Rewrites the model's graph and then its subgraphs, each by `body`.
    ///
    /// Functions stay as they are: their values' types aren't known. Inline them before. When anything changed, no two
    /// nodes of a graph have the same name.
    ///
    /// - Returns: Whether anything changed.
    /// - Throws: ``HingeError`` from inference or `body`.
    package mutating func rewrite(
        inference: InferTypes = InferTypes(), _ body: (inout GraphRewriter) throws -> Void
    ) throws -> Bool {
        let inferred = try inference.infer(self)
        let opset = try operatorVersion(of: "")
        let names = NameSupply(graph)
        guard try graph.rewrite(inferred, opset, names, body) else { return false }
        makeNodeNamesUnique()
        return true
    }
}

extension Graph {
    fileprivate mutating func rewrite(
        _ inferred: InferredGraph, _ opset: Int, _ names: NameSupply,
        _ body: (inout GraphRewriter) throws -> Void
    ) throws -> Bool {
        // The bodies of subgraphs first, while the indices of their nodes are those that were inferred.
        var changed = false
        for index in nodes.indices {
            guard let bodies = inferred.bodies[index] else { continue }
            for position in nodes[index].attributes.indices {
                let attribute = nodes[index].attributes[position]
                guard case .graph(var graph) = attribute.value, let known = bodies[attribute.name]
                else { continue }
                guard try graph.rewrite(known, opset, names, body) else { continue }
                nodes[index].attributes[position].value = .graph(graph)
                changed = true
            }
        }
        var operators = inferred
        if changed {
            for index in nodes.indices where inferred.bodies[index] != nil {
                operators.operators[index] = nil
            }
        }
        var rewriter = GraphRewriter(self, operators, opset: opset, names: names)
        try body(&rewriter)
        guard rewriter.hasChanged else { return changed }
        self = rewriter.finish()
        return true
    }
}
