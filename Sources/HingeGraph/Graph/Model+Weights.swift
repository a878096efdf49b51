extension Model {
    /// Whether the model has weights but nothing that uses them, as one has that is read from a file of weights.
    public var isWeightsOnly: Bool {
        graph.nodes.isEmpty && graph.inputs.isEmpty && graph.outputs.isEmpty
    }

    /// Makes sure that there is more than weights.
    ///
    /// - Throws: ``HingeError`` when there isn't.
    package func requireGraph() throws {
        guard isWeightsOnly else { return }
        throw HingeError(
            .noInput,
            "the file holds weights without the model's architecture; give a model whose weights have the same "
                + "names (--architecture)")
    }
}

extension Graph {
    /// Visits the weights, in order: the initializers, and the tensors of `Constant` nodes, those of the graphs inside
    /// nodes included.
    ///
    /// - Parameter visit: Is given the name by which nodes refer to the weight, the weight, and whether it stands in
    ///   a `Constant` node.
    package mutating func updateWeights(
        _ visit: (_ name: String, _ tensor: inout Tensor, _ isConstant: Bool) throws -> Void
    ) rethrows {
        for index in initializers.indices {
            try visit(initializers[index].name, &initializers[index].tensor, false)
        }
        for index in nodes.indices {
            let isConstant =
                nodes[index].type == "Constant" && Domain(nodes[index].domain) == .onnx
            for place in nodes[index].attributes.indices {
                let attribute = nodes[index].attributes[place]
                switch attribute.value {
                case .tensor(var tensor) where isConstant && attribute.name == "value":
                    try visit(nodes[index].outputs.first ?? "", &tensor.tensor, true)
                    nodes[index].attributes[place].value = .tensor(tensor)
                case .graph(var graph):
                    try graph.updateWeights(visit)
                    nodes[index].attributes[place].value = .graph(graph)
                case .graphs(var graphs):
                    for number in graphs.indices { try graphs[number].updateWeights(visit) }
                    nodes[index].attributes[place].value = .graphs(graphs)
                default: continue
                }
            }
        }
    }

    /// The weights, in order: those that ``updateWeights(_:)`` visits.
    package var weights: [(name: String, tensor: Tensor)] {
        var graph = self
        var weights: [(name: String, tensor: Tensor)] = []
        graph.updateWeights { name, tensor, _ in weights.append((name, tensor)) }
        return weights
    }
}
