import HingeGraph

extension Speller {
    /// Builds a graph for a node to run, of operators that see nothing around them.
    ///
    /// - Parameters:
    ///   - inputs: The types of its inputs.
    ///   - build: Appends the operators, and gives what are to be the outputs.
    /// - Throws: ``HingeError`` with the code `unsupported` when the version can't express one of them.
    mutating func body(
        _ inputs: [(type: DataType, shape: Shape)],
        _ build: (inout GraphBuilder, [GraphBuilder.Operand]) throws -> [GraphBuilder.Operand]
    ) throws -> Graph {
        var builder = GraphBuilder(name: "body", opset: opset)
        let operands = inputs.map { builder.input("in", $0.type, $0.shape) }
        for output in try build(&builder, operands) { builder.output(output, "out") }
        let prefix = freshName()
        return builder.graph.renamed { "\(prefix)/\($0)" }
    }

    /// Emits a ``Scan`` along the same axis of all its inputs and outputs.
    ///
    /// - Parameters:
    ///   - axis: The axis; not negative.
    ///   - isReversed: Whether to begin at the end.
    ///   - states: The names of the states before, of which the body takes and gives the first values.
    ///   - inputs: The names of what it scans.
    ///   - finals: The names for the states after; those that nobody needs are empty.
    ///   - outputs: The names for what is stacked.
    mutating func emitScan(
        of body: Graph, axis: Int, isReversed: Bool = false, states: [String], inputs: [String],
        finals: [String], outputs: [String]
    ) throws {
        // The form of version 8 has another meaning.
        guard opset >= 9 else { throw needs(9, Scan.type) }
        let direction = Scan.Direction(axis: axis, isReversed: isReversed)
        let scan = Scan(
            stateCount: states.count, scans: inputs.map { _ in direction },
            stacks: outputs.map { _ in direction })
        emit(
            Scan.type, [.graph(Scan.body, body)] + scan.attributes(inputs.map { _ in axis }),
            inputs: states + inputs,
            outputs: finals.map { $0.isEmpty ? freshName() : $0 } + outputs)
    }
}

extension Graph {
    /// The graph with other names for all its values.
    fileprivate func renamed(_ name: (String) -> String) -> Graph {
        func all(_ names: [String]) -> [String] { names.map { $0.isEmpty ? $0 : name($0) } }
        func infos(_ infos: [ValueInfo]) -> [ValueInfo] {
            infos.map { ValueInfo(name: name($0.name), type: $0.type) }
        }
        var graph = self
        graph.inputs = infos(inputs)
        graph.outputs = infos(outputs)
        graph.initializers = initializers.map { NamedTensor(name: name($0.name), $0.tensor) }
        for index in nodes.indices {
            graph.nodes[index].inputs = all(nodes[index].inputs)
            graph.nodes[index].outputs = all(nodes[index].outputs)
        }
        return graph
    }
}
