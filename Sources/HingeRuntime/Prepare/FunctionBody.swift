import HingeGraph

extension Function {
    /// The function's nodes with the attributes of the node that calls it in place of the references to them.
    ///
    /// A reference to an attribute that has neither a value nor a default is left out, as if the inner
    /// node didn't have it.
    func body(calledBy node: Node) -> Graph {
        var values: [String: Attribute.Value] = [:]
        for attribute in defaultAttributes { values[attribute.name] = attribute.value }
        for attribute in node.attributes { values[attribute.name] = attribute.value }
        return Graph(
            name: name, nodes: nodes.map { $0.resolvingReferences(values) },
            inputs: inputs.map { ValueInfo(name: $0, type: nil) },
            outputs: outputs.map { ValueInfo(name: $0, type: nil) }, valueInfos: valueInfos)
    }
}

extension Node {
    fileprivate func resolvingReferences(_ values: [String: Attribute.Value]) -> Node {
        var node = self
        node.attributes = attributes.compactMap { attribute in
            var attribute = attribute
            switch attribute.value {
            case .reference(let name, _):
                guard let value = values[name] else { return nil }
                attribute.value = value
            case .graph(let graph):
                attribute.value = .graph(graph.resolvingReferences(values))
            case .graphs(let graphs):
                attribute.value = .graphs(graphs.map { $0.resolvingReferences(values) })
            default: break
            }
            return attribute
        }
        return node
    }
}

extension Graph {
    fileprivate func resolvingReferences(_ values: [String: Attribute.Value]) -> Graph {
        var graph = self
        graph.nodes = nodes.map { $0.resolvingReferences(values) }
        return graph
    }
}
