import HingeGraph

extension Model {
    /// The model of one output, with tensors given that nodes would compute which come before the output's.
    ///
    /// A node is left out when all of its outputs that are used are given; they are inputs then.
    ///
    /// - Returns: `nil` when no node is left out.
    func running(onFrom values: [String: Value], to output: String) -> Model? {
        guard let end = graph.nodes.firstIndex(where: { $0.outputs.contains(output) }),
            let info = graph.outputs.first(where: { $0.name == output })
        else { return nil }
        let used = graph.usedNames
        var model = self
        for index in graph.nodes[..<end].indices.reversed() {
            let names = graph.nodes[index].outputs.filter(used.contains)
            let tensors = names.compactMap { values[$0]?.tensor }
            guard !names.isEmpty, tensors.count == names.count else { continue }
            model.graph.nodes.remove(at: index)
            for (name, tensor) in zip(names, tensors) {
                let type = ValueType.tensor(tensor.dataType, Shape(tensor.shape))
                model.graph.inputs.append(ValueInfo(name: name, type: type))
            }
        }
        guard model.graph.nodes.count < graph.nodes.count else { return nil }
        model.graph.outputs = [info]
        return model
    }
}

extension Graph {
    /// The names of the values that are outputs, or that a node here or in a body reads.
    fileprivate var usedNames: Set<String> {
        var names = Set(outputs.map(\.name))
        for node in nodes {
            names.formUnion(node.inputs)
            for graph in node.subgraphs { names.formUnion(graph.usedNames) }
        }
        names.remove("")
        return names
    }
}
