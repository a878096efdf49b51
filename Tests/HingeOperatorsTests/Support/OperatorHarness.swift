import HingeGraph

@testable import HingeOperators

/// Runs one operator by itself.
enum OperatorHarness {
    /// The outputs of an operator.
    static func evaluate(
        _ operator: any Operator, _ inputs: [Tensor?], outputs: Int = 1
    ) throws -> [Tensor?] {
        var values = inputs
        for (position, tensor) in `operator`.operandValues {
            while values.count <= position { values.append(nil) }
            values[position] = values[position] ?? tensor
        }
        var context = EvaluationContext(
            inputs: values.map { $0.map { .tensor($0) } }, outputCount: outputs)
        try `operator`.evaluate(&context)
        return context.outputs.map { $0?.tensor }
    }

    /// The first output of an operator.
    static func value(_ operator: any Operator, _ inputs: Tensor?...) throws -> Tensor {
        guard let tensor = try evaluate(`operator`, inputs)[0] else {
            throw HingeError(.internalError, "no output")
        }
        return tensor
    }

    /// What is known of the outputs of an operator.
    static func infer(
        _ operator: any Operator, _ inputs: [Inferred?], outputs: Int = 1
    ) throws -> [Inferred] {
        var known = inputs
        for (position, tensor) in `operator`.operandValues {
            while known.count <= position { known.append(nil) }
            known[position] = known[position] ?? Inferred(constant: tensor)
        }
        return try `operator`.infer(InferenceContext(inputs: known, outputCount: outputs))
    }

    /// The operator that a node means at a version.
    static func read(
        _ node: Node, opset: Int, constants: [Tensor?] = []
    ) throws -> any Operator {
        try OperatorRegistry.standard.read(NodeReader(node, opset: opset, constants: constants))
    }

    /// The nodes that a node of one version becomes at another; inputs are known as given.
    static func convert(
        _ node: Node, from opset: Int, to target: Int, known: [Inferred?] = []
    ) throws -> (nodes: [Node], initializers: [NamedTensor]) {
        let `operator` = try OperatorRegistry.standard.read(
            NodeReader(
                node, opset: opset, inputTypes: known.map { $0?.type },
                constants: known.map { $0?.constant }))
        return try Speller.spell(
            `operator`, opset: target, inputs: node.inputs, outputs: node.outputs,
            name: node.name, known: known, isTaken: { _ in false })
    }
}

extension Tensor {
    /// A vector of 64-bit integers.
    static func ints(_ values: Int...) -> Tensor { Tensor(values.map { Int64($0) }) }

    /// A tensor of `float32` with the numbers from 0 on.
    static func counting(_ shape: Int...) -> Tensor {
        Tensor((0..<shape.reduce(1, *)).map { Float($0) }, shape: shape)
    }
}
