import HingeGraph

@testable import HingeOperators

/// The nodes that an operator became at a version, to be run one after the other.
struct SpelledGraph {
    var nodes: [Node]
    var initializers: [NamedTensor]
    let opset: Int

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
        return (0..<outputCount).map { values["y\($0)"] }
    }
}
