import HingeGraph
import HingeOperators

/// Infers what is known of every value of a model before it runs: types, shapes with symbolic dimensions,
/// constants, and the elements of shape computations.
///
/// Rules:
/// - An initializer is a constant, unless it is also an input that a caller may override (IR version 4
///   and later).
/// - A node's outputs are what its operator infers.
/// - An output of a deterministic operator whose inputs are all constants is a constant too, if it has at most
///   ``constantLimit`` elements.
/// - A call of one of the model's functions is inferred through the function's body, a subgraph with the
///   values around it in scope.
/// - What the file states of a value's type fills in what inference doesn't find, and never overrides it.
/// - As a pass, it writes what it found into the graphs' value infos and output types.
public struct InferTypes: Pass {
    /// The name of the pass.
    public static let name = "infer-types"

    /// Shapes of inputs, by name, in place of those that the model states.
    ///
    /// They must fit what the model states; the symbolic dimensions that they make known are known everywhere.
    public var inputShapes: [String: Shape]
    /// Whether an operator that Hinge doesn't know, or can't read, is an error.
    ///
    /// Otherwise its outputs are unknown.
    public var isStrict: Bool
    /// The largest number of elements of a constant that is computed on the way.
    public var constantLimit: Int
    /// Whether larger constants are computed too, if they have no more elements than what they are computed of.
    package var computesLargeConstants = false

    /// Creates the pass.
    public init(
        inputShapes: [String: Shape] = [:], isStrict: Bool = false, constantLimit: Int = 1024
    ) {
        self.inputShapes = inputShapes
        self.isStrict = isStrict
        self.constantLimit = constantLimit
    }

    /// What is known of the values of a model.
    ///
    /// - Throws: ``HingeError`` with the node as its context when inputs don't fit an operator, and when
    ///   an input shape doesn't fit what the model states.
    public func infer(_ model: Model) throws -> InferredGraph {
        try model.checkCalls()
        let (inputs, symbols) = try bindInputs(model)
        let scope = InferenceScope(model: model, options: self, symbols: symbols)
        return try scope.infer(model.graph, inputs: inputs, outer: [:])
    }

    /// Writes the types of all values into the model.
    public func run(_ model: inout Model) throws -> Bool {
        let before = model.graph
        let inferred = try infer(model)
        model.graph.record(inferred)
        return model.graph != before
    }

    /// The types of the graph's inputs with the given shapes put in, and the extents of symbolic dimensions
    /// that follow from them.
    private func bindInputs(_ model: Model) throws -> ([Inferred?], [String: Dimension]) {
        for name in inputShapes.keys.sorted()
        where !model.graph.inputs.contains(where: { $0.name == name }) {
            let names = model.graph.inputs.map { "'\($0.name)'" }.joined(separator: ", ")
            throw HingeError(
                .mismatch, "expected one of the inputs \(names), found a shape for '\(name)'")
        }
        var symbols: [String: Dimension] = [:]
        let inputs = try model.graph.inputs.map { input -> Inferred? in
            guard let shape = inputShapes[input.name] else {
                return Inferred(type: input.type?.withinLimits)
            }
            try withContext(.value(input.name)) {
                _ = try Tensor.count(of: shape.dimensions.map { $0.extent ?? 1 })
                try input.type?.shape?.bind(to: shape, &symbols)
            }
            return Inferred(type: .tensor(input.type?.dataType, shape))
        }
        return (
            inputs.map { fact in fact.map { Inferred(type: $0.type?.binding(symbols)) } }, symbols
        )
    }
}

/// What is known of the values and nodes of a graph.
public struct InferredGraph: Sendable {
    /// What is known of each value of the graph, by name.
    ///
    /// In a subgraph, the values of the graphs around it that it uses stand here too.
    public internal(set) var values: [String: Inferred] = [:]
    /// The operator of each node, by its index; `nil` where it isn't known, or is a call of a function.
    public internal(set) var operators: [(any Operator)?] = []
    /// What is known of the subgraphs of nodes, by the node's index and the name of the attribute.
    ///
    /// The body of a called function has the name "".
    public internal(set) var bodies: [Int: [String: InferredGraph]] = [:]

    /// What is known of a value; `nil` for an absent or unknown one.
    public subscript(name: String) -> Inferred? { values[name] }

    /// The type of a value, if it is known.
    public func type(of name: String) -> ValueType? { values[name]?.type }

    /// The value itself, if it is a constant.
    public func constant(_ name: String) -> Tensor? { values[name]?.constant }

    /// What is known of a node's inputs, by position; `nil` for absent ones.
    public func inputs(of node: Node) -> [Inferred?] {
        node.inputs.map { $0.isEmpty ? nil : values[$0] ?? Inferred() }
    }
}

extension Graph {
    /// Writes the types that were inferred into value infos and outputs, subgraphs included.
    mutating func record(_ inferred: InferredGraph) {
        let named = Set(inputs.map(\.name) + outputs.map(\.name) + initializers.map(\.name))
        let known = Dictionary(
            valueInfos.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for index in outputs.indices {
            outputs[index].type = inferred.type(of: outputs[index].name) ?? outputs[index].type
        }
        valueInfos = nodes.flatMap(\.outputs).compactMap { name in
            guard !name.isEmpty, !named.contains(name) else { return nil }
            guard let type = inferred.type(of: name) else { return known[name] }
            var info = known[name] ?? ValueInfo(name: name, type: nil)
            info.type = type
            return info
        }
        for index in nodes.indices {
            guard let bodies = inferred.bodies[index] else { continue }
            for position in nodes[index].attributes.indices {
                let attribute = nodes[index].attributes[position]
                guard case .graph(var graph) = attribute.value, let body = bodies[attribute.name]
                else { continue }
                graph.record(body)
                nodes[index].attributes[position].value = .graph(graph)
            }
        }
    }
}
