import HingeGraph
import Testing

@testable import HingeOperators

/// Runs one operator by itself.
enum OperatorHarness {
    /// The outputs of an operator.
    ///
    /// What it prepares for inputs of which only the types are known must give the same, and so must what it prepares
    /// when all but input 0 are constants.
    static func evaluate(
        _ operator: any Operator, _ inputs: [Tensor?], outputs: Int = 1
    ) throws -> [Tensor?] {
        let values = operands(`operator`, inputs)
        let expected = run(values, outputs) { try `operator`.evaluate(&$0) }
        for constants in [[], Set(1..<max(values.count, 1))] {
            let kernel = Result {
                try `operator`.prepare(preparation(values, constants, outputs: outputs))
            }
            if case .success(nil) = kernel { continue }
            let found = run(values, outputs) { try kernel.get()?(&$0) }
            #expect(
                found.isSame(as: expected),
                "\(`operator`.id) with the constants \(constants.sorted()): \(found)")
        }
        return try expected.get()
    }

    /// The inputs, with those that are constants of the operator.
    static func operands(_ operator: any Operator, _ inputs: [Tensor?]) -> [Tensor?] {
        var values = inputs
        for (position, tensor) in `operator`.operandValues {
            while values.count <= position { values.append(nil) }
            values[position] = values[position] ?? tensor
        }
        return values
    }

    /// What is known of inputs before any run.
    static func preparation(
        _ values: [Tensor?], _ constants: Set<Int> = [], outputs: Int = 1
    ) -> PreparationContext {
        let known = values.enumerated().map { index, value -> PreparationContext.Input in
            guard let value else { return .absent }
            return .tensor(
                constants.contains(index)
                    ? KnownTensor(value) : KnownTensor(value.dataType, value.shape))
        }
        return PreparationContext(inputs: known, outputCount: outputs)
    }

    private static func run(
        _ values: [Tensor?], _ outputs: Int, _ body: (inout EvaluationContext) throws -> Void
    ) -> Result<[Tensor?], any Error> {
        var context = EvaluationContext(
            inputs: values.map { $0.map { .tensor($0) } }, outputCount: outputs)
        return Result {
            try body(&context)
            return context.outputs.map { $0?.tensor }
        }
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

extension Result<[Tensor?], any Error> {
    /// Whether outputs are the same to the bit, or errors are.
    fileprivate func isSame(as other: Self) -> Bool {
        switch (self, other) {
        case (.success(let left), .success(let right)): left == right
        case (.failure(let left), .failure(let right)): "\(left)" == "\(right)"
        default: false
        }
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
