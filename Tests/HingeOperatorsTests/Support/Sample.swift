import HingeGraph
import Testing

@testable import HingeOperators

/// An operator with inputs that it runs on.
struct Sample: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let operation: any Operator
    /// The inputs, those that the operator has of its own included.
    let inputs: [Tensor?]

    init(_ operation: any Operator, _ inputs: [Tensor?], _ description: String? = nil) {
        self.operation = operation
        var inputs = inputs
        for (position, tensor) in operation.operandValues {
            while inputs.count <= position { inputs.append(nil) }
            inputs[position] = inputs[position] ?? tensor
        }
        self.inputs = inputs
        let types = inputs.map { $0.map { "\($0.dataType)\($0.shape)" } ?? "none" }
        testDescription =
            description ?? "\(operation.id) of \(types.joined(separator: ", "))"
    }

    /// All that tests have examples of, and every other registered operator that takes inputs of one shape and one type,
    /// with the attributes that the standard has for it.
    static let all: [Sample] = {
        let examples = VersionTests.specimens.map {
            Sample($0.function, $0.inputs, $0.testDescription)
        }
        let written = examples + learned + shaped
        let known = Set(written.map(\.operation.id))
        let others = OperatorRegistry.standard.operators.keys.filter { !known.contains($0) }
            .sorted { $0.description < $1.description }.compactMap(made)
        return (written + others).filter { sample in
            sample.inputs.first.flatMap { $0 } != nil && sample.operation.isDeterministic
                && (try? sample.output()) != nil
        }
    }()

    private static let inputs = [
        Specimens.x, Specimens.whole, Specimens.unsigned, Specimens.flags,
        Specimens.slopes(2, 3, 2, 2),
    ]

    /// A sample of an operator without attributes, if there is one.
    private static func made(_ id: OperatorID) -> Sample? {
        guard let schema = OperatorSchema.versions(domain: id.domain, name: id.type).last,
            let opset = OperatorSchema.latestOpset()
        else { return nil }
        let counts = schema.inputCounts
        for count in counts.lowerBound...max(counts.lowerBound, min(counts.upperBound, 3)) {
            let names = (0..<count).map { "x\($0)" }
            let node = Node(id.type, domain: id.domain, inputs: names, outputs: ["y"])
            for input in inputs where count > 0 {
                let types = names.map { _ in
                    ValueType.tensor(input.dataType, Shape(input.shape))
                }
                let reader = NodeReader(node, opset: opset, inputTypes: types, constants: [])
                guard let operation = try? OperatorRegistry.standard.read(reader) else { continue }
                let sample = Sample(operation, names.map { _ in input })
                if (try? sample.output()) != nil { return sample }
            }
        }
        return nil
    }

    /// Output 0.
    ///
    /// - Throws: ``HingeError`` also when it isn't a tensor of numbers.
    func output() throws -> Tensor {
        var context = EvaluationContext(inputs: inputs.map { $0.map { .tensor($0) } })
        try operation.evaluate(&context)
        guard let tensor = context.outputs[0]?.tensor, tensor.strings == nil else {
            throw HingeError(.internalError, "expected a tensor of numbers as output 0")
        }
        return tensor
    }

    /// What is known of the inputs when input 0 is computed and the others are constants.
    func context() -> InferenceContext {
        let known = inputs.enumerated().map { index, tensor in
            tensor.map {
                index == 0
                    ? Inferred.tensor($0.dataType, Shape($0.shape)) : Inferred(constant: $0)
            }
        }
        return InferenceContext(inputs: known)
    }

    func isIdentity() -> Bool {
        let context = context()
        guard let outputs = try? operation.infer(context) else { return false }
        return operation.isIdentity(context, outputs)
    }

    /// The sample with inputs that all have one shape.
    func expanded(to shape: [Int]) throws -> Sample {
        let expanded = try inputs.map { tensor in
            try tensor.map { try OperatorHarness.value(Expand(shape: shape), $0) }
        }
        return Sample(operation, expanded, testDescription)
    }

    /// Whether each element of the output depends on those at its place in some inputs only, and not on the place: taken from
    /// other places, elements give what they gave there.
    func isLocal(permuting positions: Set<Int>) throws -> Bool {
        let y = try output()
        let order = Sample.shuffled(y.count)
        for places in [order, order.map { $0 < y.count / 2 ? $0 : 0 }] {
            var moved = inputs
            for position in positions {
                guard let input = inputs[position], input.count == y.count else { return false }
                moved[position] = try input.reordered(places)
            }
            guard try Sample(operation, moved).output() == y.reordered(places) else {
                return false
            }
        }
        return true
    }

    /// The numbers below a count in an order without a pattern.
    private static func shuffled(_ count: Int) -> [Int] {
        var generator = SeededGenerator(seed: 5)
        return Array(0..<count).shuffled(using: &generator)
    }
}

extension Tensor {
    /// The elements in another order, in the same shape.
    func reordered(_ places: [Int]) throws -> Tensor {
        let flat = try reshaped(to: [count])
        let indices = Tensor(places.map { Int64($0) })
        return try OperatorHarness.value(Gather(axis: 0), flat, indices).reshaped(to: shape)
    }

    func permuted(_ order: [Int]) throws -> Tensor {
        try OperatorHarness.value(Transpose(order), self)
    }
}
