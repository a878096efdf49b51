import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms

/// Checks the types of values: against what operators take and give, and what the file states against
/// what follows from the operators.
///
/// A value that was complained about is left out of what follows, so that one fault gives one finding.
struct TypeChecker {
    private let model: Model
    private let functions: FunctionTable
    private let collector: FindingCollector

    init(_ model: Model, _ functions: FunctionTable, _ collector: FindingCollector) {
        self.model = model
        self.functions = functions
        self.collector = collector
    }

    /// Checks a model in which everything else is right.
    func check() {
        let outer = Values(types: [:])
        do {
            check(model.graph, try InferTypes().infer(model), outer)
        } catch {
            // Inference stops at the first node that doesn't fit; the types that are known are checked still.
            check(model.graph, nil, outer)
            guard !collector.hasErrors else { return }
            collector.within(.graph(model.graph.name)) { collector.report(error, .inference) }
        }
    }

    /// What is known of the values of a graph.
    private struct Values {
        var types: [String: ValueType]
        /// The types of this graph's values that the file states.
        var stated: [String: ValueType] = [:]
        /// The values that were complained about, and those computed from them.
        var faulty: Set<String> = []

        /// What is known of the values that a body uses.
        func seen(by body: Graph) -> Values {
            var seen = Values(types: [:])
            for name in body.capturedNames {
                seen.types[name] = types[name]
                if faulty.contains(name) { seen.faulty.insert(name) }
            }
            return seen
        }
    }

    private func check(_ graph: Graph, _ inferred: InferredGraph?, _ outer: Values) {
        var values = outer
        values.stated = [:]
        for info in graph.valueInfos + graph.outputs + graph.inputs {
            if let type = info.type { values.stated[info.name] = type }
        }
        values.types.merge(values.stated) { $1 }
        for initializer in graph.initializers {
            values.types[initializer.name] = .tensor(
                initializer.tensor.dataType, Shape(initializer.tensor.shape))
        }
        for (name, fact) in inferred?.values ?? [:] {
            if let type = fact.type { values.types[name] = type }
        }
        collector.within(.graph(graph.name)) {
            for (index, node) in graph.nodes.enumerated() {
                collector.within(node.place) {
                    check(node, &values)
                    for attribute in node.attributes {
                        for subgraph in attribute.value.graphs {
                            let body = inferred?.bodies[index]?[attribute.name]
                            collector.within(.attribute(attribute.name)) {
                                check(subgraph, body, values.seen(by: subgraph))
                            }
                        }
                    }
                }
            }
            if let inferred { compare(graph, inferred, values) }
        }
    }

    /// Compares what the file states with what follows from the operators.
    private func compare(_ graph: Graph, _ inferred: InferredGraph, _ values: Values) {
        var seen: Set<String> = []
        for info in graph.valueInfos + graph.outputs {
            guard let stated = info.type, let type = inferred.type(of: info.name),
                !stated.agrees(with: type), !values.faulty.contains(info.name),
                seen.insert(info.name).inserted
            else { continue }
            collector.error(
                .typeDisagreement, "the file states \(stated), the operators give \(type)",
                at: .value(info.name))
        }
    }

    private func check(_ node: Node, _ values: inout Values) {
        let isFaulty = node.inputs.contains { values.faulty.contains($0) }
        if isFaulty || !fits(node, values) { values.faulty.formUnion(node.outputs) }
    }

    /// Checks the types of a node's inputs and outputs against those that its operator allows.
    private func fits(_ node: Node, _ values: Values) -> Bool {
        guard functions.function(calledBy: node) == nil,
            let opset = model.opset(of: node.domain),
            let schema = OperatorSchema.find(domain: node.domain, name: node.type, opset: opset)
        else { return true }
        var fits = true
        var bound: [String: (name: String, type: ValueType)] = [:]
        func check(_ name: String, _ type: ValueType, _ parameter: OperatorSchema.Parameter)
            -> String?
        {
            guard parameter.types.contains(type) else { return allowed(parameter.types) }
            guard parameter.isConstrained, parameter.isHomogeneous else { return nil }
            guard let first = bound[parameter.typeName] else {
                bound[parameter.typeName] = (parameter.name, type)
                return nil
            }
            guard !first.type.withoutShape.agrees(with: type.withoutShape) else { return nil }
            collector.error(
                .typeConstraint,
                "'\(parameter.name)' has the type of '\(first.name)', which is "
                    + "\(first.type.kindText), found \(type.kindText)", at: .value(name))
            fits = false
            return nil
        }
        for (index, name) in node.inputs.enumerated() {
            guard let type = values.types[name], let parameter = schema.input(at: index),
                let allowed = check(name, type, parameter)
            else { continue }
            collector.error(
                .inputType,
                "'\(parameter.name)' of \(node.type) takes \(allowed), found \(type.kindText)",
                at: .value(name))
            fits = false
        }
        guard fits else { return false }
        for (index, name) in node.outputs.enumerated() {
            guard let type = values.stated[name], let parameter = schema.output(at: index),
                !parameter.types.contains(type)
            else { continue }
            collector.error(
                .outputType,
                "'\(parameter.name)' of \(node.type) gives \(allowed(parameter.types)), "
                    + "found \(type.kindText)", at: .value(name))
            fits = false
        }
        return fits
    }

    private func allowed(_ types: AllowedTypes) -> String {
        let names = types.dataTypes.map(\.description)
        return names.isEmpty ? "no tensor" : names.joined(separator: ", ")
    }
}

extension ValueType {
    /// The type in an error about what an operator takes: a tensor's is its element type.
    fileprivate var kindText: String {
        if case .tensor(let type?, _) = self { return type.description }
        return withoutShape.description
    }

    /// The type with nothing known of its shape.
    fileprivate var withoutShape: ValueType {
        switch self {
        case .tensor(let type, _): .tensor(type, nil)
        case .sparseTensor(let type, _): .sparseTensor(type, nil)
        case .sequence(let element): .sequence(element?.withoutShape)
        case .optional(let element): .optional(element?.withoutShape)
        case .map(let key, let value): .map(key: key, value: value?.withoutShape)
        case .opaque: self
        }
    }
}
