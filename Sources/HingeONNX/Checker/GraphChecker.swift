import HingeGraph

/// Checks the names of a graph: each defined once and before it is used.
struct GraphChecker {
    private let model: Model
    private let nodes: NodeChecker
    private let collector: FindingCollector

    init(_ model: Model, _ nodes: NodeChecker, _ collector: FindingCollector) {
        self.model = model
        self.nodes = nodes
        self.collector = collector
    }

    /// Checks a graph and its subgraphs.
    ///
    /// - Parameters:
    ///   - graph: The graph.
    ///   - outer: The values around it; `nil` for the graph of a model.
    ///   - givesOwnValues: Whether the graph must give values of its own, as the body of a node must.
    func check(_ graph: Graph, in outer: ValueScope?, givesOwnValues: Bool = true) {
        collector.within(.graph(graph.name)) {
            let scope = ValueScope(outer)
            if graph.name.isEmpty {
                collector.error(.missingName, "expected a name of the graph, found none")
            }
            ModelChecker.checkKeys(graph.metadata, collector)
            checkInputs(graph, isMain: outer == nil, scope)
            checkInitializers(graph, scope)
            check(graph.nodes, scope)
            checkOutputs(graph, isMain: outer == nil, givesOwnValues, scope)
            for initializer in graph.initializers where !scope.used.contains(initializer.name) {
                collector.warning(
                    .unusedInitializer, "nothing uses the initializer",
                    at: .tensor(initializer.name))
            }
        }
    }

    /// Checks nodes in order, and defines what they give.
    func check(_ list: [Node], _ scope: ValueScope) {
        let later = Set(list.flatMap(\.outputs))
        var names: Set<String> = []
        for node in list {
            collector.within(node.place) {
                if !node.name.isEmpty, !names.insert(node.name).inserted {
                    collector.error(.nodeName, "another node has the same name")
                }
                for input in node.inputs where !input.isEmpty {
                    scope.use(input)
                    guard !scope.knows(input) else { continue }
                    if later.contains(input) {
                        collector.error(
                            .nodeOrder, "the input '\(input)' is given by a later node")
                    } else {
                        collector.error(.undefinedValue, "the input '\(input)' is no value")
                    }
                }
                nodes.check(node)
                for attribute in node.attributes {
                    for graph in attribute.value.graphs {
                        collector.within(.attribute(attribute.name)) { check(graph, in: scope) }
                    }
                }
                define(node.outputs.filter { !$0.isEmpty }, scope)
            }
        }
    }

    private func define(_ outputs: [String], _ scope: ValueScope) {
        for output in outputs {
            if scope.knows(output) {
                collector.error(
                    .duplicateValue,
                    "the output '\(output)' is defined already; values never change")
            }
            scope.define(output)
        }
    }

    private func checkInputs(_ graph: Graph, isMain: Bool, _ scope: ValueScope) {
        for input in graph.inputs {
            if input.name.isEmpty {
                collector.error(.missingName, "expected the name of an input, found none")
            }
            if scope.defines(input.name) {
                collector.error(
                    .duplicateValue, "two inputs have the name", at: .value(input.name))
            }
            scope.define(input.name)
            if isMain { checkType(input, "input") }
        }
    }

    private func checkOutputs(
        _ graph: Graph, isMain: Bool, _ givesOwnValues: Bool, _ scope: ValueScope
    ) {
        for output in graph.outputs {
            if output.name.isEmpty {
                collector.error(.missingName, "expected the name of an output, found none")
            } else if !scope.knows(output.name) {
                collector.error(
                    .undefinedValue, "no node gives the output", at: .value(output.name))
            } else if givesOwnValues, !scope.defines(output.name) {
                collector.error(
                    .undefinedValue,
                    "the output is a value of the graph around; expected one of the body's own, such "
                        + "as an Identity gives", at: .value(output.name))
            }
            scope.use(output.name)
            if isMain { checkType(output, "output") }
        }
        for info in graph.valueInfos where !scope.knows(info.name) {
            collector.warning(
                .undefinedValue, "the file states the type of a value that doesn't exist",
                at: .value(info.name))
        }
    }

    /// Inputs and outputs of a model state their type, and tensors at least their rank.
    private func checkType(_ info: ValueInfo, _ what: String) {
        guard let type = info.type else {
            return collector.error(
                .missingType, "expected the type of an \(what), found none", at: .value(info.name))
        }
        switch type {
        case .tensor(nil, _), .sparseTensor(nil, _):
            collector.error(
                .missingType, "expected the element type of an \(what), found none",
                at: .value(info.name))
        case .tensor(_, nil), .sparseTensor(_, nil):
            // The standard's own checker rejects this; runtimes don't mind.
            collector.warning(
                .missingType, "expected the shape of an \(what), found none", at: .value(info.name))
        default: break
        }
    }

    private func checkInitializers(_ graph: Graph, _ scope: ValueScope) {
        let inputs = Dictionary(
            graph.inputs.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
        var names: Set<String> = []
        func check(_ name: String, _ type: ValueType) {
            if name.isEmpty {
                return collector.error(
                    .missingName, "expected the name of an initializer, found none")
            }
            if !names.insert(name).inserted {
                collector.error(
                    .duplicateValue, "two initializers have the name", at: .tensor(name))
            }
            if model.irVersion < 4, inputs[name] == nil {
                collector.error(
                    .undefinedValue,
                    "before version 4 of the format, an initializer must be an input too",
                    at: .tensor(name))
            }
            if let stated = inputs[name] ?? nil, !stated.agrees(with: type) {
                collector.error(
                    .initializerType, "expected \(stated) as the input says, found \(type)",
                    at: .tensor(name))
            }
            scope.define(name)
        }
        for initializer in graph.initializers {
            let tensor = initializer.tensor
            check(initializer.name, .tensor(tensor.dataType, Shape(tensor.shape)))
        }
        for sparse in graph.sparseInitializers {
            check(sparse.name, .tensor(sparse.values.dataType, Shape(sparse.shape)))
            collector.within(.tensor(sparse.name)) { SparseTensorChecker.check(sparse, collector) }
        }
    }
}
