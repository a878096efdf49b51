import HingeGraph

/// What nodes call a function by.
struct FunctionID: Hashable {
    let domain: String
    let name: String
    let overload: String

    init(_ function: Function) {
        domain = function.domain
        name = function.name
        overload = function.overload
    }

    init(calledBy node: Node) {
        domain = node.domain
        name = node.type
        overload = node.overload
    }
}

extension Model {
    /// The function of the model that a node calls.
    package func function(calledBy node: Node) -> Function? {
        functions.first { FunctionID($0) == FunctionID(calledBy: node) }
    }
}

extension Function {
    /// The function's nodes as a graph, with the attributes that a call gives.
    func body(for call: Node) -> Graph {
        var values: [String: Attribute.Value] = [:]
        for attribute in defaultAttributes { values[attribute.name] = attribute.value }
        for attribute in call.attributes { values[attribute.name] = attribute.value }
        return Graph(
            name: name, nodes: nodes.map { $0.resolving(values) },
            outputs: outputs.map { ValueInfo(name: $0, type: nil) }, valueInfos: valueInfos)
    }
}

extension Node {
    /// The node with references to a function's attributes replaced by their values.
    fileprivate func resolving(_ values: [String: Attribute.Value]) -> Node {
        var node = self
        node.attributes = attributes.compactMap { attribute in
            guard case .reference(let name, _) = attribute.value else { return attribute }
            var attribute = attribute
            guard let value = values[name] else { return nil }
            attribute.value = value
            return attribute
        }
        node.mapSubgraphs { graph in
            var graph = graph
            graph.nodes = graph.nodes.map { $0.resolving(values) }
            return graph
        }
        return node
    }
}
