import HingeGraph

/// What nodes call a function by.
package struct FunctionID: Hashable, Sendable {
    private let domain: Domain
    private let name: String
    private let overload: String

    /// What nodes call a function by.
    package init(_ function: Function) {
        domain = Domain(function.domain)
        name = function.name
        overload = function.overload
    }

    /// What a node calls, if it calls a function.
    package init(calledBy node: Node) {
        domain = Domain(node.domain)
        name = node.type
        overload = node.overload
    }
}

/// The functions of a model, by what nodes call them by.
struct FunctionLibrary {
    private let functions: [FunctionID: Function]

    init(_ functions: [Function]) {
        self.functions = Dictionary(
            functions.map { (FunctionID($0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The function that a node calls, if it calls one.
    func function(calledBy node: Node) -> Function? {
        functions.isEmpty ? nil : functions[FunctionID(calledBy: node)]
    }
}

extension Model {
    /// The function of the model that a node calls.
    package func function(calledBy node: Node) -> Function? {
        functions.first { FunctionID($0) == FunctionID(calledBy: node) }
    }
}

extension Function {
    /// The function's nodes with the attributes of the node that calls it in place of the references to them.
    ///
    /// A reference to an attribute that has neither a value nor a default is left out, as if the inner node didn't
    /// have it. An input that the call leaves out is absent wherever a node has it.
    func body(calledBy node: Node) -> Graph {
        var values: [String: Attribute.Value] = [:]
        for attribute in defaultAttributes { values[attribute.name] = attribute.value }
        for attribute in node.attributes { values[attribute.name] = attribute.value }
        var absent = Set(inputs.dropFirst(node.inputs.count))
        for (name, given) in zip(inputs, node.inputs) where given.isEmpty { absent.insert(name) }
        var graph = Graph(name: name, nodes: nodes, valueInfos: valueInfos)
        graph.inputs = inputs.map { ValueInfo(name: $0, type: nil) }
        graph.outputs = outputs.map { ValueInfo(name: $0, type: nil) }
        return graph.resolving(values, absent)
    }
}

extension Graph {
    fileprivate func resolving(
        _ values: [String: Attribute.Value], _ absent: Set<String>
    ) -> Graph {
        var graph = self
        graph.nodes = nodes.map { $0.resolving(values, absent) }
        return graph
    }
}

extension Node {
    /// The node with references to a function's attributes replaced by their values, and without absent inputs.
    fileprivate func resolving(
        _ values: [String: Attribute.Value], _ absent: Set<String>
    ) -> Node {
        var node = self
        if !absent.isEmpty { node.inputs = inputs.map { absent.contains($0) ? "" : $0 } }
        node.attributes = attributes.compactMap { attribute in
            guard case .reference(let name, _) = attribute.value else { return attribute }
            var attribute = attribute
            guard let value = values[name] else { return nil }
            attribute.value = value
            return attribute
        }
        node.mapSubgraphs { $0.resolving(values, absent) }
        return node
    }
}
