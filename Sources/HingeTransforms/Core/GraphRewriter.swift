import HingeGraph
import HingeOperators

/// A graph while a pass changes it: who produces and who consumes each value, what is known of it, and the
/// changes, which keep the nodes in topological order and the names of the graph's outputs as they are.
///
/// Nodes are known by ids, which stay valid while the graph changes. Walk ``ids``, look at ``node(_:)`` and
/// ``operator(_:)``, then ``replace(_:with:inputs:)`` what a rule matches.
public struct GraphRewriter {
    /// A node of the graph.
    public typealias NodeID = Int

    /// The graph as it was, but for what isn't a node.
    private var graph: Graph
    /// The version of the standard operators that new nodes are written in.
    public let opset: Int
    private let names: NameSupply
    private var facts: [String: Inferred]
    private var nodes: [Node?] = []
    private var operators: [(any Operator)?] = []
    /// For each node of the graph as it was, the nodes that stand in its place, in order.
    private var order: [[NodeID]] = []
    /// The place in ``order`` of each node.
    private var places: [Int] = []
    private var producers: [String: NodeID] = [:]
    private var consumers: [String: [NodeID]] = [:]
    private var outputs: Set<String>
    /// Whether anything changed.
    public private(set) var hasChanged = false

    /// Takes a graph.
    ///
    /// - Parameters:
    ///   - graph: The graph.
    ///   - inferred: What is known of its values.
    ///   - opset: The version of the standard operators that its nodes are written in.
    ///   - names: The names that are taken, those of the graphs around it included.
    package init(_ graph: Graph, _ inferred: InferredGraph, opset: Int, names: NameSupply) {
        self.graph = graph
        self.opset = opset
        self.names = names
        facts = inferred.values
        outputs = Set(graph.outputs.map(\.name))
        for (index, node) in graph.nodes.enumerated() {
            let known = index < inferred.operators.count ? inferred.operators[index] : nil
            order.append([add(node, known, at: index)])
        }
    }

    /// The graph with the changes made.
    package func finish() -> Graph {
        var graph = graph
        graph.nodes = order.joined().compactMap { nodes[$0] }
        graph.valueInfos.removeAll { producers[$0.name] == nil }
        return graph
    }

    private mutating func add(_ node: Node, _ known: (any Operator)?, at place: Int) -> NodeID {
        let id = nodes.count
        nodes.append(node)
        operators.append(known)
        places.append(place)
        for name in node.outputs where !name.isEmpty { producers[name] = id }
        for name in node.usedNames { consumers[name, default: []].append(id) }
        return id
    }
}

// MARK: - Looking

extension GraphRewriter {
    /// The nodes, in topological order, as they are now.
    public var ids: [NodeID] { order.joined().filter { nodes[$0] != nil } }

    /// A node; `nil` when it has been removed.
    public func node(_ id: NodeID) -> Node? { nodes[id] }

    /// The typed operator of a node; `nil` when it isn't known or has been removed.
    public func `operator`(_ id: NodeID) -> (any Operator)? {
        nodes[id] == nil ? nil : operators[id]
    }

    /// The node that produces a value; `nil` for inputs, constants and values of graphs around this one.
    public func producer(of name: String) -> NodeID? { name.isEmpty ? nil : producers[name] }

    /// The nodes that use a value, subgraphs included; each once.
    public func consumers(of name: String) -> [NodeID] { consumers[name] ?? [] }

    /// Whether a value is an output of the graph.
    public func isOutput(_ name: String) -> Bool { outputs.contains(name) }

    /// The one node that uses a value, as one of its inputs; `nil` when there are others, or the graph gives the
    /// value out.
    public func soleConsumer(of name: String) -> NodeID? {
        guard !isOutput(name), let users = consumers[name], users.count == 1,
            let node = nodes[users[0]], node.inputs.count(where: { $0 == name }) == 1,
            !node.subgraphs.contains(where: { $0.uses(name) })
        else { return nil }
        return users[0]
    }

    /// What is known of a value.
    public func fact(_ name: String) -> Inferred? { name.isEmpty ? nil : facts[name] }

    /// What is known of a node's inputs; `nil` for absent ones.
    public func inputFacts(_ id: NodeID) -> [Inferred?] {
        (nodes[id]?.inputs ?? []).map { $0.isEmpty ? nil : facts[$0] ?? Inferred() }
    }

    /// A value, if it is a constant.
    public func constant(_ name: String) -> Tensor? { fact(name)?.constant }

    /// The shape of a value, if it is known.
    public func shape(_ name: String) -> Shape? { fact(name)?.type?.shape }

    /// The initializers of the graph.
    public var initializers: [NamedTensor] { graph.initializers }
}

// MARK: - Changing

extension GraphRewriter {
    /// Replaces nodes by one operator, which computes the first output of the last of them.
    ///
    /// The new node stands where the last of the nodes stood.
    ///
    /// - Parameters:
    ///   - ids: The nodes, in topological order; the last is the one whose output stays.
    ///   - operator: The operator.
    ///   - inputs: Its inputs: values that exist before the last of the nodes.
    ///   - name: The new node's name; `nil` for that of the last of the nodes.
    /// - Throws: ``HingeError`` when the graph's opset can't express the operator; nothing has changed then.
    public mutating func replace(
        _ ids: [NodeID], with operator: any Operator, inputs: [String], name: String? = nil
    ) throws {
        guard let last = ids.last, let node = nodes[last] else { return }
        try insert(
            `operator`, inputs: inputs, outputs: node.outputs, name: name ?? node.name, at: last,
            replacing: ids)
    }

    /// Adds an operator with one output in front of a node.
    ///
    /// - Returns: The name of its output.
    /// - Throws: ``HingeError`` when the graph's opset can't express the operator.
    @discardableResult
    public mutating func insert(
        _ operator: any Operator, inputs: [String], before id: NodeID, hint: String? = nil,
        name: String = ""
    ) throws -> String {
        let output = names.fresh(hint ?? (name.isEmpty ? `operator`.id.type : name))
        try insert(
            `operator`, inputs: inputs, outputs: [output], name: name, at: id, replacing: [])
        return output
    }

    private mutating func insert(
        _ operator: any Operator, inputs: [String], outputs: [String], name: String, at id: NodeID,
        replacing ids: [NodeID]
    ) throws {
        var known = inputs.map { fact($0) }
        for (position, tensor) in `operator`.operandValues {
            while known.count <= position { known.append(nil) }
            known[position] = known[position] ?? Inferred(constant: tensor)
        }
        let (inferred, spelled) = try withContext(.node(name: name, type: `operator`.id.type)) {
            let inferred = try `operator`.inferOutputs(
                InferenceContext(inputs: known, outputCount: outputs.count))
            let spelled = try Speller.spell(
                `operator`, opset: opset, inputs: inputs, outputs: outputs, name: name,
                known: known, isTaken: names.isTaken)
            return (inferred, spelled)
        }
        for old in ids { remove(old) }
        for constant in spelled.initializers { add(constant) }
        for node in spelled.nodes {
            node.outputs.forEach(names.take)
            let isWhole = spelled.nodes.count == 1
            insert(node, isWhole ? `operator` : nil, before: id)
        }
        for (output, fact) in zip(outputs, inferred) where !output.isEmpty {
            facts[output] = fact.filled(from: facts[output]?.type)
        }
    }

    private mutating func insert(_ node: Node, _ known: (any Operator)?, before id: NodeID) {
        let place = places[id]
        var `operator` = known
        if `operator` == nil {
            `operator` = try? OperatorRegistry.read(
                NodeReader(
                    node, opset: opset, inputTypes: node.inputs.map { fact($0)?.type },
                    constants: node.inputs.map { constant($0) }))
        }
        let new = add(node, `operator`, at: place)
        let position = order[place].firstIndex(of: id) ?? order[place].endIndex
        order[place].insert(new, at: position)
        hasChanged = true
    }

    /// Removes a node.
    ///
    /// Nobody may use its outputs, unless they are produced anew.
    public mutating func remove(_ id: NodeID) {
        guard let node = nodes[id] else { return }
        for name in node.outputs where producers[name] == id { producers[name] = nil }
        for name in node.usedNames { consumers[name]?.removeAll { $0 == id } }
        nodes[id] = nil
        hasChanged = true
    }

    /// Adds a constant.
    ///
    /// - Returns: Its name.
    public mutating func addConstant(_ tensor: Tensor, hint: String) -> String {
        let name = names.fresh(hint)
        add(NamedTensor(name: name, tensor))
        return name
    }

    private mutating func add(_ constant: NamedTensor) {
        names.take(constant.name)
        graph.initializers.append(constant)
        facts[constant.name] = Inferred(constant: constant.tensor)
        hasChanged = true
    }

    /// Makes a produced value a constant, under its own name, and removes the node if nothing else of it is used.
    ///
    /// - Precondition: the node has no other outputs that are used.
    public mutating func replace(_ id: NodeID, withConstants constants: [String: Tensor]) {
        remove(id)
        for (name, tensor) in constants.sorted(by: { $0.key < $1.key }) {
            add(NamedTensor(name: name, tensor))
        }
    }

    /// Changes a node's inputs.
    public mutating func setInputs(_ id: NodeID, _ inputs: [String]) {
        guard var node = nodes[id], node.inputs != inputs else { return }
        update(id) { node in node.inputs = inputs }
        node.inputs = inputs
    }

    private mutating func update(_ id: NodeID, _ change: (inout Node) -> Void) {
        guard var node = nodes[id] else { return }
        for name in node.usedNames { consumers[name]?.removeAll { $0 == id } }
        for name in node.outputs where producers[name] == id { producers[name] = nil }
        change(&node)
        nodes[id] = node
        for name in node.usedNames { consumers[name, default: []].append(id) }
        for name in node.outputs where !name.isEmpty { producers[name] = id }
        hasChanged = true
    }

    /// Removes a node whose first output is the same value as `source`, and makes everybody use that.
    ///
    /// An output of the graph keeps its name: then the producer of `source` gives the value under that name.
    ///
    /// - Returns: Whether that was possible. It isn't when both names must stay.
    @discardableResult
    public mutating func bypass(_ id: NodeID, to source: String) -> Bool {
        guard let output = nodes[id]?.outputs.first, output != source else { return false }
        if !isOutput(output) {
            remove(id)
            redirect(output, to: source)
            return true
        }
        guard let producer = producers[source], !isOutput(source) else { return false }
        let fact = facts[source] ?? Inferred()
        remove(id)
        update(producer) { node in
            node.outputs = node.outputs.map { $0 == source ? output : $0 }
        }
        redirect(source, to: output)
        facts[output] = fact.filled(from: facts[output]?.type)
        return true
    }

    private mutating func redirect(_ old: String, to new: String) {
        for user in consumers[old] ?? [] {
            update(user) { $0.replaceUses(of: old, by: new) }
        }
    }
}

extension Node {
    /// The names of the values that the node uses, subgraphs included; each once.
    var usedNames: Set<String> {
        var used = Set(inputs.filter { !$0.isEmpty })
        for graph in subgraphs { used.formUnion(graph.capturedNames) }
        return used
    }
}
