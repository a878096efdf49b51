import HingeGraph

/// Builds a graph from typed operators.
///
/// ```swift
/// var graph = GraphBuilder()
/// let x = graph.input("x", .float32, ["N", 4])
/// let y = try graph.append(LeakyRelu(alpha: 0.1), x)
/// graph.output(y, "y")
/// let model = graph.model()
/// ```
///
/// The bodies of control flow are built likewise, and see the values around them: ``body(named:_:)``.
public struct GraphBuilder {
    /// A value of the graph under construction.
    public struct Operand: Sendable, Hashable {
        /// The name of the value; empty for an input that is absent.
        public let name: String

        /// Creates an operand that refers to a value by name.
        public init(name: String) { self.name = name }

        /// An optional input that is left out.
        public static let absent = Operand(name: "")
    }

    /// The version of the standard operators that nodes are written in.
    public let opset: Int
    /// The versions of all domains; one that nobody gave a version is written in version 1.
    private var versions: OperatorVersions
    /// What the names of the operators so far mean.
    private var operators = OperatorRegistry.standard
    /// The graph so far.
    public private(set) var graph: Graph
    private var known: [String: Inferred] = [:]
    private var counters: [String: Int] = [:]
    /// Outputs' names, by those that the values had before.
    private var renamed: [String: String] = [:]

    /// Creates an empty graph.
    ///
    /// - Parameters:
    ///   - name: The name of the graph.
    ///   - opset: The version of the standard operators.
    ///   - domains: The versions of other operators, by domain: of those that aren't to be written in version 1.
    public init(
        name: String = "main", opset: Int = GraphBuilder.defaultOpset, domains: [Domain: Int] = [:]
    ) {
        graph = Graph(name: name)
        self.opset = opset
        versions = OperatorVersions(onnx: opset)
        for (domain, version) in domains { versions[domain] = version }
    }

    /// The version that models are built in unless somebody asks for another: ONNX 1.16.
    public static let defaultOpset = 21

    /// Adds an input.
    public mutating func input(_ name: String, _ type: DataType, _ shape: Shape) -> Operand {
        let name = unique(name)
        let valueType = ValueType.tensor(type, shape)
        graph.inputs.append(ValueInfo(name: name, type: valueType))
        known[name] = Inferred(type: valueType)
        return Operand(name: name)
    }

    /// Adds a constant.
    public mutating func constant(_ tensor: Tensor, name: String = "constant") -> Operand {
        let name = unique(name)
        graph.initializers.append(NamedTensor(name: name, tensor))
        known[name] = Inferred(constant: tensor)
        return Operand(name: name)
    }

    /// Adds an operator with one output.
    ///
    /// - Parameters:
    ///   - operator: The operator.
    ///   - inputs: Its inputs; ``Operand/absent`` for one that is left out.
    ///   - name: The name of the node, and the beginning of its output's name.
    ///   - bodies: The graphs that it runs, by attribute: `then_branch`.
    /// - Throws: ``HingeError`` when the inputs don't fit, or the opset can't express the operator.
    @discardableResult
    public mutating func append(
        _ operator: any Operator, _ inputs: Operand..., name: String? = nil,
        bodies: [String: Body] = [:]
    ) throws -> Operand {
        try append(`operator`, inputs, outputCount: 1, name: name, bodies: bodies)[0]
    }

    /// Adds an operator with any number of inputs and outputs.
    ///
    /// - Throws: ``HingeError`` when the inputs don't fit, or the opset can't express the operator.
    public mutating func append(
        _ operator: any Operator, _ inputs: [Operand], outputCount: Int, name: String? = nil,
        bodies: [String: Body] = [:]
    ) throws -> [Operand] {
        let type = `operator`.id.type
        let nodeName = name ?? ""
        register(`operator`)
        return try withContext(.node(name: nodeName, type: type)) {
            let inputs = inputs.map(current)
            var facts: [Inferred?] = inputs.map { known[$0] }
            for (index, tensor) in `operator`.operandValues {
                while facts.count <= index { facts.append(nil) }
                facts[index] = Inferred(constant: tensor)
            }
            let inferred = try `operator`.inferOutputs(
                InferenceContext(
                    inputs: facts, outputCount: outputCount,
                    inferrer: bodies.isEmpty ? nil : KnownBodies(bodies)))
            let outputs = (0..<outputCount).map { index in
                unique(index == 0 ? (name ?? type) : "\(name ?? type)_\(index)")
            }
            let spelled = try spell(
                `operator`, inputs: inputs, outputs: outputs, name: nodeName, facts,
                bodies.sorted { $0.key < $1.key }.map { .graph($0.key, $0.value.graph) })
            graph.nodes += spelled.nodes
            graph.initializers += spelled.initializers
            for initializer in spelled.initializers {
                known[initializer.name] = Inferred(constant: initializer.tensor)
            }
            for node in spelled.nodes {
                for output in node.outputs where !output.isEmpty && known[output] == nil {
                    known[output] = Inferred()
                }
            }
            for (output, fact) in zip(outputs, inferred) { known[output] = fact }
            return outputs.map { Operand(name: $0) }
        }
    }

    /// Spells an operator.
    ///
    /// What is known is lent to the speller only here, so that the caller then changes it in place.
    private func spell(
        _ operator: any Operator, inputs: [String], outputs: [String], name: String,
        _ facts: [Inferred?], _ bodies: [Attribute]
    ) throws -> (nodes: [Node], initializers: [NamedTensor]) {
        try Speller.spell(
            `operator`, opset: versions[Domain(`operator`.id.domain)] ?? opset,
            versions: versions, inputs: inputs, outputs: outputs, name: name, known: facts,
            bodies: bodies, isTaken: { known[$0] != nil })
    }

    /// Notes what an operator that isn't one of the standard's is called.
    private mutating func register(_ operator: any Operator) {
        let id = `operator`.id
        guard id.domain != ChannelsLast.domain, OperatorSchema.latestOpset(domain: id.domain) == nil
        else { return }
        operators = operators.adding(Swift.type(of: `operator`))
        if versions[Domain(id.domain)] == nil { versions[Domain(id.domain)] = 1 }
    }

    /// Makes a value an output of the graph, under a name of its own if one is given.
    ///
    /// An input, a constant, or a value that is an output already is passed on by an `Identity`, so that every output
    /// has a name that nothing else has. If another value has the name that is given, a number is appended.
    public mutating func output(_ operand: Operand, _ name: String? = nil) {
        let value = current(operand)
        let isProduced = graph.nodes.contains { $0.outputs.contains(value) }
        var output = value
        if !isProduced || graph.outputs.contains(where: { $0.name == value }) {
            output = unique(name ?? value)
            known[output] = known[value]
            graph.nodes.append(
                Node("Identity", name: output, inputs: [value], outputs: [output]))
        } else if let name, name != value {
            output = unique(name)
            rename(value, to: output)
        }
        graph.outputs.append(ValueInfo(name: output, type: known[output]?.type))
    }

    /// What is known of a value.
    public func type(of operand: Operand) -> ValueType? { known[current(operand)]?.type }

    /// What is known of a value, constants included.
    package func inferred(_ operand: Operand) -> Inferred? { known[current(operand)] }

    /// The model that consists of the graph.
    ///
    /// No two nodes have the same name, even where the same name was given.
    public func model() -> Model {
        var model = Model(
            graph: graph,
            opsetImports: versions.domains.compactMap { domain in
                versions[domain].map { OpsetImport(domain: domain.name, version: $0) }
            }, producerName: "hinge")
        model.operators = operators
        model.makeNodeNamesUnique()
        return model
    }

    /// A name that no value has yet, which begins with `hint`.
    private mutating func unique(_ hint: String) -> String {
        guard known[hint] != nil else {
            known[hint] = Inferred()
            return hint
        }
        while true {
            let number = counters[hint, default: 0] + 1
            counters[hint] = number
            let name = "\(hint)_\(number)"
            if known[name] == nil {
                known[name] = Inferred()
                return name
            }
        }
    }

    /// The name that a value has now; that of an output may have changed.
    private func current(_ operand: Operand) -> String { renamed[operand.name] ?? operand.name }

    /// Renames a value that a node produces.
    ///
    /// The old name stays taken: operands may refer to it.
    private mutating func rename(_ old: String, to new: String) {
        graph.rename(old, to: new)
        known[new] = known[old]
        renamed[old] = new
    }
}

// MARK: - Bodies

extension GraphBuilder {
    /// A graph that a node runs: a branch, or what is repeated.
    public struct Body: Sendable {
        /// The graph.
        public let graph: Graph
        /// What is known of its outputs, whatever its inputs are within their types.
        fileprivate let outputs: [Inferred]
    }

    /// Builds a graph for a node to run, which sees the values around it.
    ///
    /// ```swift
    /// let doubled = try graph.body { $0.output(try $0.append(Add(), x, x)) }
    /// let same = try graph.body { $0.output(x) }
    /// let y = try graph.append(
    ///     If(), condition, bodies: ["then_branch": doubled, "else_branch": same])
    /// ```
    ///
    /// - Parameters:
    ///   - name: The name of the graph.
    ///   - build: Adds the inputs that the node gives to the body, nodes, and the outputs that the node takes from it.
    public mutating func body(
        named name: String = "body", _ build: (inout GraphBuilder) throws -> Void
    ) rethrows -> Body {
        var inner = self
        inner.graph = Graph(name: name)
        try build(&inner)
        // A name is given once in a model, so that no value hides another.
        for name in inner.known.keys where known[name] == nil { known[name] = Inferred() }
        (operators, versions) = (inner.operators, inner.versions)
        let outputs = inner.graph.outputs.map { inner.known[$0.name] ?? Inferred() }
        return Body(graph: inner.graph, outputs: outputs)
    }
}

/// Says of bodies what was found when they were built.
private final class KnownBodies: SubgraphInferrer {
    private let bodies: [String: GraphBuilder.Body]

    init(_ bodies: [String: GraphBuilder.Body]) { self.bodies = bodies }

    func infer(_ body: String, _ inputs: [Inferred?]) throws -> [Inferred] {
        guard let known = bodies[body] else {
            throw HingeError(.badData, "expected a graph, found none", at: [.attribute(body)])
        }
        return known.outputs
    }
}

extension Graph {
    /// Renames a value, in the bodies of nodes too.
    fileprivate mutating func rename(_ old: String, to new: String) {
        for index in nodes.indices {
            nodes[index].outputs = nodes[index].outputs.map { $0 == old ? new : $0 }
            nodes[index].inputs = nodes[index].inputs.map { $0 == old ? new : $0 }
            for place in nodes[index].attributes.indices {
                guard case .graph(var body) = nodes[index].attributes[place].value else { continue }
                body.rename(old, to: new)
                nodes[index].attributes[place].value = .graph(body)
            }
        }
    }
}
