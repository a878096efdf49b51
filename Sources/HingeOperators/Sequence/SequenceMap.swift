import HingeGraph

/// Runs a body for each element of a sequence, and gives sequences of what the body gives.
///
/// Input 0 is a sequence. Others are sequences of as many elements, of which the body takes one each time, or tensors, which it
/// takes as they are.
///
/// Source: ONNX SequenceMap 17.
public struct SequenceMap: Operator {
    /// The number of values that the body gives.
    public var outputCount: Int

    /// Creates the operator.
    public init(outputCount: Int = 1) {
        self.outputCount = outputCount
    }
}

public extension SequenceMap {
    static let type = "SequenceMap"

    private static let body = "body"

    init(_ node: NodeReader) throws {
        let count = node.node.inputs.count
        let inputCount = try node.bodyInputCount(Self.body)
        guard inputCount == count else {
            throw node.error(
                Self.body, "expected a body of \(count) inputs, found \(inputCount)")
        }
        outputCount = try node.bodyOutputCount(Self.body)
        try node.requireOutputs(atMost: outputCount, of: Self.body)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        _ = try context.elementType(0)
        let facts = context.inputs.map { input -> Inferred? in
            if case .sequence(let element) = input?.type { return Inferred(type: element) }
            return input?.type == nil ? Inferred() : input
        }
        guard let outputs = try context.infer(Self.body, facts) else {
            return [Inferred](repeating: Inferred(type: .sequence(nil)), count: outputCount)
        }
        return outputs.map { Inferred(type: .sequence($0.type)) }
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let count = try context.sequence(0).count
        for (index, value) in context.inputs.enumerated() {
            guard case .sequence(let elements) = value, elements.count != count else { continue }
            throw HingeError(
                .mismatch,
                "expected a sequence of \(count) elements as input \(index), found "
                    + "\(elements.count)")
        }
        var results = [[Value]](repeating: [], count: outputCount)
        for index in 0..<count {
            let inputs = context.inputs.map { value -> Value? in
                if case .sequence(let elements) = value { return elements[index] }
                return value
            }
            let outputs = try context.run(Self.body, inputs)
            for (position, value) in outputs.enumerated() where position < outputCount {
                guard let tensor = value?.tensor else {
                    throw HingeError(
                        .mismatch,
                        "expected a tensor as output \(position) of the body, found "
                            + (value == nil ? "none" : "another value"))
                }
                if let first = results[position].first?.tensor {
                    try Tensor.requireSameType(first, tensor)
                }
                results[position].append(.tensor(tensor))
            }
        }
        for (index, values) in results.enumerated() { context.set(index, .sequence(values)) }
    }
}

// MARK: - Spelling

public extension SequenceMap {
    /// As itself, or, before version 17, as a loop that puts what the body gives into sequences.
    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 17 else {
            return speller.emitBodies(Self.type, outputCount: outputCount)
        }
        guard speller.opset >= 13 else { throw speller.needs(13, Self.type) }
        guard let attribute = speller.bodies.first(where: { $0.name == Self.body }),
            case .graph(let body) = attribute.value
        else { throw HingeError(.internalError, "the operator has no body to spell") }
        let count = try speller.append(SequenceLength(), [speller.inputs[0]])
        let empty = try body.outputs.map { output in
            guard let type = output.type?.dataType else {
                throw HingeError(
                    .unsupported,
                    "the element type of '\(output.name)' must be stated to write SequenceMap for "
                        + "opset \(speller.opset)")
            }
            return try speller.append(SequenceEmpty(type), [])
        }
        let loop = try loopBody(body, &speller)
        speller.emit(
            Loop.type, [.graph(Self.body, loop)], inputs: [count, ""] + empty,
            outputs: speller.namedOutputs(outputCount))
    }

    /// The body, which takes its inputs out of the sequences and puts its outputs into others.
    private func loopBody(_ body: Graph, _ speller: inout Speller) throws -> Graph {
        var loop = body
        let number = speller.freshName()
        let condition = speller.freshName()
        let next = speller.freshName()
        var taking: [Node] = []
        for (index, input) in body.inputs.enumerated() where index < speller.inputs.count {
            guard let type = speller.type(index) ?? (index == 0 ? .sequence(nil) : nil) else {
                throw HingeError(
                    .unsupported,
                    "the type of input \(index) must be known to write SequenceMap for opset "
                        + "\(speller.opset)")
            }
            if case .sequence = type {
                taking.append(
                    Node(
                        SequenceAt.type, inputs: [speller.inputs[index], number],
                        outputs: [input.name]))
            } else {
                taking.append(
                    Node(
                        Identity.type, inputs: [speller.inputs[index]], outputs: [input.name]))
            }
            if input.type != nil { loop.valueInfos.append(input) }
        }
        loop.inputs = [
            ValueInfo(name: number, type: .tensor(.int64, [])),
            ValueInfo(name: condition, type: .tensor(.bool, [])),
        ]
        loop.outputs = [ValueInfo(name: next, type: .tensor(.bool, []))]
        var giving = [Node(Identity.type, inputs: [condition], outputs: [next])]
        for output in body.outputs {
            let type = ValueType.sequence(.tensor(output.type?.dataType, nil))
            let before = ValueInfo(name: speller.freshName(), type: type)
            let after = ValueInfo(name: speller.freshName(), type: type)
            giving.append(
                Node(
                    SequenceInsert.type, inputs: [before.name, output.name],
                    outputs: [after.name]))
            loop.inputs.append(before)
            loop.outputs.append(after)
        }
        loop.nodes = taking + body.nodes + giving
        return loop
    }
}

extension SequenceMap: UndifferentiatedOperator {
    /// Sequences and optional values have no gradients here.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("sequences and optional values have no gradients here")
    }
}
