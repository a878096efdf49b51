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
    /// The graph so far.
    public private(set) var graph: Graph
    private var known: [String: Inferred] = [:]
    private var counters: [String: Int] = [:]
    /// Outputs' names, by those that the values had before.
    private var renamed: [String: String] = [:]

    /// Creates an empty graph.
    public init(name: String = "main", opset: Int = GraphBuilder.defaultOpset) {
        graph = Graph(name: name)
        self.opset = opset
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
    /// - Throws: ``HingeError`` when the inputs don't fit, or the opset can't express the operator.
    @discardableResult
    public mutating func append(
        _ operator: any Operator, _ inputs: Operand..., name: String? = nil
    ) throws -> Operand {
        try append(`operator`, inputs, outputCount: 1, name: name)[0]
    }

    /// Adds an operator with any number of inputs and outputs.
    ///
    /// - Throws: ``HingeError`` when the inputs don't fit, or the opset can't express the operator.
    public mutating func append(
        _ operator: any Operator, _ inputs: [Operand], outputCount: Int, name: String? = nil
    ) throws -> [Operand] {
        let type = `operator`.id.type
        let nodeName = name ?? ""
        return try withContext(.node(name: nodeName, type: type)) {
            let inputs = inputs.map(current)
            var facts: [Inferred?] = inputs.map { known[$0] }
            for (index, tensor) in `operator`.operandValues {
                while facts.count <= index { facts.append(nil) }
                facts[index] = Inferred(constant: tensor)
            }
            let inferred = try `operator`.inferOutputs(
                InferenceContext(inputs: facts, outputCount: outputCount))
            let outputs = (0..<outputCount).map { index in
                unique(index == 0 ? (name ?? type) : "\(name ?? type)_\(index)")
            }
            let spelled = try spell(
                `operator`, inputs: inputs, outputs: outputs, name: nodeName, facts)
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
        _ facts: [Inferred?]
    ) throws -> (nodes: [Node], initializers: [NamedTensor]) {
        try Speller.spell(
            `operator`, opset: opset, inputs: inputs, outputs: outputs, name: name, known: facts,
            isTaken: { known[$0] != nil })
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
            graph: graph, opsetImports: [OpsetImport(version: opset)], producerName: "hinge")
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
        for index in graph.nodes.indices {
            graph.nodes[index].outputs = graph.nodes[index].outputs.map { $0 == old ? new : $0 }
            graph.nodes[index].inputs = graph.nodes[index].inputs.map { $0 == old ? new : $0 }
        }
        known[new] = known[old]
        renamed[old] = new
    }
}
