import HingeGraph

@testable import HingeOperators

/// The nodes that an operator became at a version, to be run one after the other.
struct SpelledGraph {
    var nodes: [Node]
    var initializers: [NamedTensor]
    let opset: Int

    private init(nodes: [Node], initializers: [NamedTensor], opset: Int) {
        self.nodes = nodes
        self.initializers = initializers
        self.opset = opset
    }

    /// Spells an operator from the inputs `x0`, `x1`, …, of which type and shape are known, and the values of those at
    /// `constants`.
    init(
        _ operator: any Operator, opset: Int, inputs: [Tensor?], constants: Set<Int>,
        outputCount: Int
    ) throws {
        let known = inputs.enumerated().map { index, tensor -> Inferred? in
            guard let tensor else { return nil }
            if constants.contains(index) { return Inferred(constant: tensor) }
            return .tensor(tensor.dataType, Shape(tensor.shape))
        }
        (nodes, initializers) = try Speller.spell(
            `operator`, opset: opset, inputs: SpelledGraph.names(inputs),
            outputs: (0..<outputCount).map { "y\($0)" }, known: known, isTaken: { _ in false })
        self.opset = opset
    }

    static func names(_ inputs: [Tensor?]) -> [String] {
        inputs.enumerated().map { $0.element == nil ? "" : "x\($0.offset)" }
    }

    /// Reads each node back, as it stands or after spelling it at another version, evaluates it, and returns the
    /// values of `y0`, `y1`, ….
    func run(
        _ inputs: [Tensor?], constants: Set<Int>, outputCount: Int, through target: Int? = nil
    ) throws -> [Tensor?] {
        var values: [String: Tensor] = [:]
        var fixed: Set<String> = Set(initializers.map(\.name))
        for (index, (name, tensor)) in zip(SpelledGraph.names(inputs), inputs).enumerated() {
            values[name] = tensor
            if constants.contains(index) { fixed.insert(name) }
        }
        for constant in initializers { values[constant.name] = constant.tensor }
        try run(&values, &fixed, through: target)
        return (0..<outputCount).map { values["y\($0)"] }
    }

    /// Evaluates the nodes, from the values that are there to those that they give.
    private func run(
        _ values: inout [String: Tensor], _ fixed: inout Set<String>, through target: Int?
    ) throws {
        for node in nodes {
            let tensors = node.inputs.map { values[$0] }
            let known = node.inputs.map { name -> Inferred? in
                guard let tensor = values[name] else { return nil }
                if fixed.contains(name) { return Inferred(constant: tensor) }
                return .tensor(tensor.dataType, Shape(tensor.shape))
            }
            let reader = NodeReader(
                node, opset: opset, inputTypes: known.map { $0?.type },
                constants: known.map { $0?.constant })
            let `operator` = try OperatorRegistry.standard.read(reader)
            guard node.subgraphs.isEmpty else {
                var context = EvaluationContext(
                    inputs: tensors.map { $0.map { .tensor($0) } },
                    outputCount: node.outputs.count, runner: BodyRunner(node, opset))
                try `operator`.evaluate(&context)
                for (name, result) in zip(node.outputs, context.outputs) {
                    values[name] = result?.tensor
                }
                continue
            }
            var results = try OperatorHarness.evaluate(
                `operator`, tensors, outputs: node.outputs.count)
            if let target {
                let respelled = try SpelledGraph(
                    `operator`, opset: target, inputs: tensors,
                    constants: Set(known.indices.filter { known[$0]?.constant != nil }),
                    outputCount: node.outputs.count)
                results = try respelled.run(
                    tensors, constants: [], outputCount: node.outputs.count)
            }
            for (name, result) in zip(node.outputs, results) { values[name] = result }
        }
    }

    /// Runs bodies that take nothing from around them.
    private final class BodyRunner: SubgraphRunner {
        private let node: Node
        private let opset: Int

        init(_ node: Node, _ opset: Int) {
            self.node = node
            self.opset = opset
        }

        func run(_ body: String, _ inputs: [Value?]) throws -> [Value?] {
            guard case .graph(let graph) = node[attribute: body] else { return [] }
            var values: [String: Tensor] = [:]
            for (info, value) in zip(graph.inputs, inputs) { values[info.name] = value?.tensor }
            for constant in graph.initializers { values[constant.name] = constant.tensor }
            var fixed = Set(graph.initializers.map(\.name))
            let inner = SpelledGraph(nodes: graph.nodes, initializers: [], opset: opset)
            try inner.run(&values, &fixed, through: nil)
            return graph.outputs.map { values[$0.name].map { .tensor($0) } }
        }

        func outputTypes(of body: String, _ inputs: [Inferred?]) -> [ValueType?] {
            guard case .graph(let graph) = node[attribute: body] else { return [] }
            return graph.outputs.map(\.type)
        }
    }
}
