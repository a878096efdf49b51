import HingeGraph
import HingeOperators

/// Infers graphs whose nodes are written in one set of operator versions: a model's, or a function's.
final class InferenceScope {
    private let model: Model
    private let options: InferTypes
    /// The extents of symbolic dimensions that the caller gave.
    private let symbols: [String: Dimension]
    private let opsetImports: [OpsetImport]
    /// The functions whose bodies are being inferred, outermost first.
    private let callers: [FunctionID]
    /// How many more nodes are inferred before bodies are left out: one inside the other, each may be inferred several
    /// times.
    private let budget: Budget

    /// A number of nodes.
    private final class Budget {
        var count: Int

        init(_ model: Model) { count = 64 * model.graph.nodeCount + 4 * CallLimits.nodeCount }
    }

    init(model: Model, options: InferTypes, symbols: [String: Dimension]) {
        self.model = model
        self.options = options
        self.symbols = symbols
        opsetImports = model.opsetImports
        callers = []
        budget = Budget(model)
    }

    private init(_ caller: InferenceScope, calling function: Function) {
        model = caller.model
        options = caller.options
        symbols = caller.symbols
        opsetImports = function.opsetImports + model.opsetImports
        callers = caller.callers + [FunctionID(function)]
        budget = caller.budget
    }

    /// Infers a graph.
    ///
    /// - Parameters:
    ///   - graph: The graph.
    ///   - inputs: What is known of its inputs, by position.
    ///   - outer: What is known of the values of the graphs around it.
    func infer(
        _ graph: Graph, inputs: [Inferred?], outer: [String: Inferred]
    ) throws -> InferredGraph {
        try infer(graph, inputs, outer) { fact, declared in
            (fact ?? Inferred()).filled(from: declared)
        }
    }

    /// Infers a body of a control-flow node; `nil` if that was done too often.
    ///
    /// Of an input of which the node's operator knows something, what the body states adds type and rank but no extent: it may
    /// be that of the first iteration.
    fileprivate func infer(
        body graph: Graph, _ inputs: [Inferred?], _ outer: [String: Inferred]
    ) throws -> InferredGraph? {
        guard budget.count > 0 else { return nil }
        return try infer(graph, inputs, outer) { fact, declared in
            guard let fact else { return Inferred(type: declared) }
            return fact.filled(from: declared?.withoutExtents)
        }
    }

    private func infer(
        _ graph: Graph, _ inputs: [Inferred?], _ outer: [String: Inferred],
        _ fill: (_ fact: Inferred?, _ declared: ValueType?) -> Inferred
    ) throws -> InferredGraph {
        budget.count -= graph.nodes.count + 1
        var result = InferredGraph()
        result.values = outer
        let declared = Dictionary(
            (graph.valueInfos + graph.outputs).map { ($0.name, $0.type?.binding(symbols)) },
            uniquingKeysWith: { first, _ in first })
        for (index, input) in graph.inputs.enumerated() {
            let fact = index < inputs.count ? inputs[index] : nil
            result.values[input.name] = fill(fact, input.type?.binding(symbols))
        }
        let overridable = model.irVersion < 4 ? [] : Set(graph.inputs.map(\.name))
        for initializer in graph.initializers where !overridable.contains(initializer.name) {
            result.values[initializer.name] = Inferred(constant: initializer.tensor)
        }
        for sparse in graph.sparseInitializers where !overridable.contains(sparse.name) {
            let type = ValueType.tensor(sparse.values.dataType, Shape(sparse.shape))
            result.values[sparse.name] = Inferred(type: type.withinLimits)
        }
        for (index, node) in graph.nodes.enumerated() {
            try infer(node, index, &result, declared)
        }
        return result
    }

    /// Infers a node's outputs.
    private func infer(
        _ node: Node, _ index: Int, _ result: inout InferredGraph,
        _ declared: [String: ValueType?]
    ) throws {
        let inputs = try node.inputs.map { name -> Inferred? in
            guard !name.isEmpty else { return nil }
            guard let fact = result.values[name] else {
                throw HingeError(
                    .badData, "the input '\(name)' is no value of the graph", at: [node.place])
            }
            return fact
        }
        var outputs: [Inferred] = []
        if let function = model.function(calledBy: node) {
            result.operators.append(nil)
            let body = try withContext(node.place) {
                try infer(function, node, inputs)
            }
            outputs = function.outputs.map { body.values[$0] ?? Inferred() }
            result.bodies[index] = ["": body]
        } else if let `operator` = try read(node, inputs) {
            result.operators.append(`operator`)
            let bodies = SubgraphCollector(self, node) { result.values[$0] }
            outputs = try withContext(node.place) {
                try infer(`operator`, node, inputs, bodies)
            }
            if !bodies.inferred.isEmpty { result.bodies[index] = bodies.inferred }
        } else {
            result.operators.append(nil)
        }
        for (position, name) in node.outputs.enumerated() where !name.isEmpty {
            let fact = position < outputs.count ? outputs[position] : Inferred()
            result.values[name] = fact.filled(from: declared[name] ?? nil).completed
        }
    }

    /// The operator of a node; `nil` where it isn't known and needn't be.
    private func read(_ node: Node, _ inputs: [Inferred?]) throws -> (any Operator)? {
        do {
            let imports = opsetImports
            return try OperatorRegistry.read(
                NodeReader(
                    node, opset: try imports.version(of: node.domain),
                    inputTypes: inputs.map { $0?.type }, constants: inputs.map { $0?.constant }))
        } catch let error as HingeError where error.code == .unsupported && !options.isStrict {
            return nil
        }
    }

    private func infer(
        _ operator: any Operator, _ node: Node, _ inputs: [Inferred?], _ bodies: SubgraphCollector
    ) throws -> [Inferred] {
        var inputs = inputs
        for (position, tensor) in `operator`.operandValues {
            while inputs.count <= position { inputs.append(nil) }
            inputs[position] = inputs[position] ?? Inferred(constant: tensor)
        }
        let outputs: [Inferred]
        do {
            outputs = try `operator`.inferOutputs(
                InferenceContext(
                    inputs: inputs, outputCount: node.outputs.count, inferrer: bodies))
        } catch let error as HingeError where error.code == .unsupported && !options.isStrict {
            return []
        }
        guard node.subgraphs.isEmpty else { return outputs }
        var limit = options.constantLimit
        if options.computesLargeConstants {
            limit = max(limit, Extent.sum(of: inputs.map { $0?.constant?.count ?? 0 }))
        }
        return `operator`.constants(inputs, outputs, limit: limit) ?? outputs
    }

    /// Infers the body of a function.
    private func infer(
        _ function: Function, _ node: Node, _ inputs: [Inferred?]
    ) throws -> InferredGraph {
        guard !callers.contains(FunctionID(function)) else {
            throw HingeError(.badData, "the function '\(function.name)' calls itself")
        }
        var body = function.body(for: node)
        body.inputs = function.inputs.map { ValueInfo(name: $0, type: nil) }
        return try InferenceScope(self, calling: function)
            .infer(body, inputs: inputs, outer: [:])
    }
}

/// Infers a node's bodies and keeps what was found last, by attribute.
private final class SubgraphCollector: SubgraphInferrer {
    private let scope: InferenceScope
    /// The bodies, by attribute, with what is known of the values around that they use.
    private var bodies: [String: (graph: Graph, outer: [String: Inferred])] = [:]
    private(set) var inferred: [String: InferredGraph] = [:]

    /// - Parameter known: What is known of a value around the node.
    init(_ scope: InferenceScope, _ node: Node, _ known: (String) -> Inferred?) {
        self.scope = scope
        for attribute in node.attributes {
            guard case .graph(let graph) = attribute.value else { continue }
            var outer: [String: Inferred] = [:]
            for name in graph.capturedNames { outer[name] = known(name) }
            bodies[attribute.name] = (graph, outer)
        }
    }

    func infer(_ body: String, _ inputs: [Inferred?]) throws -> [Inferred] {
        guard let (graph, outer) = bodies[body] else {
            throw HingeError(.internalError, "the node has no body", at: [.attribute(body)])
        }
        inferred[body] = nil
        let found = try withContext(.attribute(body)) {
            try scope.infer(body: graph, inputs, outer)
        }
        guard let found else { return graph.outputs.map { Inferred(type: $0.type) } }
        inferred[body] = found
        return graph.outputs.map { found.values[$0.name] ?? Inferred(type: $0.type) }
    }
}

extension Graph {
    /// The number of nodes, subgraphs included.
    fileprivate var nodeCount: Int {
        nodes.reduce(nodes.count) { $0 + $1.subgraphs.reduce(0) { $0 + $1.nodeCount } }
    }
}

extension [OpsetImport] {
    /// The version of a domain's operators, the first that is listed.
    ///
    /// - Throws: ``HingeError`` when the domain isn't listed.
    func version(of domain: String) throws -> Int {
        func plain(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }
        let wanted = domain == ChannelsLast.domain ? "" : plain(domain)
        guard let version = first(where: { plain($0.domain) == wanted })?.version else {
            let name = wanted.isEmpty ? "ai.onnx" : wanted
            throw HingeError(.badData, "the model does not import the operators of '\(name)'")
        }
        return version
    }
}
