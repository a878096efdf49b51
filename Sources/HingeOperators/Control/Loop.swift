import HingeGraph

/// Runs a body again and again, and carries values from one iteration to the next.
///
/// It ends after as many iterations as input 0 says, `int64[]`, or when the condition, input 1 and then what the body
/// gives, `bool[]`, is false; either may be absent. The body takes the number of the iteration, the condition, and the
/// values that are carried, which are the other inputs. It gives the condition, those values, and tensors of one
/// type and shape in all iterations, which are stacked along a new first dimension. The outputs are the carried
/// values and the stacks.
///
/// A condition that the body gives counts whether input 1 is there or not, as in ONNX Runtime; by the standard's text it
/// is ignored without input 1.
///
/// Source: ONNX Loop 1, 11, 13, 16, 19, 21, 23, 24, 25.
public struct Loop: Operator {
    /// The number of values that are carried from one iteration to the next.
    public var carriedCount: Int
    /// The number of outputs that are stacks of what each iteration gives.
    public var stackCount: Int

    /// Creates the operator.
    public init(carriedCount: Int, stackCount: Int = 0) {
        self.carriedCount = carriedCount
        self.stackCount = stackCount
    }
}

public extension Loop {
    static let type = "Loop"

    private static let body = "body"

    init(_ node: NodeReader) throws {
        let count = max(node.node.inputs.count, 2)
        let inputCount = try node.bodyInputCount(Self.body)
        guard inputCount == count else {
            throw node.error(
                Self.body, "expected a body of \(count) inputs, found \(inputCount)")
        }
        carriedCount = count - 2
        let outputCount = try node.bodyOutputCount(Self.body)
        let least = 1 + max(carriedCount, node.node.outputs.count)
        guard outputCount >= least else {
            throw node.error(
                Self.body, "expected a body of at least \(least) outputs, found \(outputCount)")
        }
        stackCount = outputCount - 1 - carriedCount
    }

    func spell(_ speller: inout Speller) throws {
        try speller.requireBodyOutputs(Self.type, from: 1)
        speller.emitBodies(Self.type, outputCount: carriedCount + stackCount)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .count(upTo: nil), 1: .exactly([1])]
    }
}

// MARK: - Inference

public extension Loop {
    /// How often a body is inferred until what is known of carried values must be what it gives, or nothing.
    private static let passLimit = 6

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var carried = (0..<carriedCount).map {
            context.input($0 + 2)?.withoutElements ?? Inferred()
        }
        var condition = condition(context)
        for pass in 0...Loop.passLimit {
            let facts: [Inferred?] = [.tensor(.int64, []), condition] + carried
            guard let outputs = try context.infer(Self.body, facts),
                outputs.count == 1 + carriedCount + stackCount
            else { break }
            var isStable = true
            let next = try condition.common(with: outputs[0])
            if next.type != condition.type {
                isStable = false
                condition = next
            }
            for index in 0..<carriedCount {
                let next = try carried[index].common(with: outputs[index + 1].withoutElements)
                if next != carried[index] { isStable = false }
                carried[index] = next
            }
            guard isStable else {
                if pass + 1 == Loop.passLimit {
                    // Nothing is known of them then, whatever the body gives.
                    condition = Inferred()
                    carried = [Inferred](repeating: Inferred(), count: carriedCount)
                }
                continue
            }
            let count = iterations(context, outputs[0])
            return carried
                + outputs[(1 + carriedCount)...].map { output in
                    let shape = output.type?.shape.map { Shape([count] + $0.dimensions) }
                    return .tensor(output.type?.dataType, shape)
                }
        }
        return [Inferred](repeating: Inferred(), count: carriedCount + stackCount)
    }

    /// What the body knows of its condition: where it runs, that is true.
    private func condition(_ context: InferenceContext) -> Inferred {
        guard context.has(1) else { return Inferred(constant: Tensor([true], shape: [])) }
        guard let extents = context.shape(1)?.extents, extents.count <= 1,
            extents.allSatisfy({ $0 == 1 })
        else { return .tensor(.bool, context.shape(1)) }
        return Inferred(constant: Tensor([true], shape: extents))
    }

    /// The number of iterations, where no condition ends the loop, or none lets it begin.
    ///
    /// - Parameter next: What is known of the condition that the body gives.
    private func iterations(_ context: InferenceContext, _ next: Inferred) -> Shape.Dimension {
        func isKnown(_ fact: Inferred?, _ value: Bool) -> Bool {
            (try? fact?.constant?.condition()) == value
        }
        if isKnown(context.input(1), false) { return 0 }
        guard !context.has(1) || isKnown(context.input(1), true), isKnown(next, true),
            let elements = context.elements(0), elements.count == 1
        else { return .unknown }
        return .larger(elements[0], 0)
    }
}

// MARK: - Evaluation

public extension Loop {
    func evaluate(_ context: inout EvaluationContext) throws {
        let limit = try context.optionalInput(0).map { try $0.integer() } ?? .max
        var condition = Value.tensor(
            try context.optionalInput(1) ?? Tensor([true], shape: []))
        var carried = (0..<carriedCount).map { index in
            index + 2 < context.inputs.count ? context.inputs[index + 2] : nil
        }
        var stacks = [TensorStack](repeating: TensorStack(), count: stackCount)
        var iteration = 0
        while iteration < limit, try Loop.isTrue(condition) {
            let number = Value.tensor(Tensor(scalar: Int64(iteration)))
            let outputs = try context.run(Self.body, [number, condition] + carried)
            guard outputs.count == 1 + carriedCount + stackCount, let next = outputs[0] else {
                throw HingeError(.mismatch, "expected a condition from the body, found none")
            }
            condition = next
            carried = Array(outputs[1..<1 + carriedCount])
            for index in stacks.indices {
                try stacks[index].append(outputs[1 + carriedCount + index], output: index)
            }
            iteration += 1
        }
        for (index, value) in carried.enumerated() {
            if let value { context.set(index, value) }
        }
        guard stackCount > 0 else { return }
        let empty = iteration > 0 ? [] : try emptyStacks(context, condition, carried)
        for index in stacks.indices {
            context.set(carriedCount + index, try stacks[index].tensor() ?? empty[index])
        }
    }

    private static func isTrue(_ condition: Value) throws -> Bool {
        guard let tensor = condition.tensor else {
            throw HingeError(.mismatch, "expected a condition, one boolean, found another value")
        }
        return try tensor.condition()
    }

    /// The stacks of a loop without iterations.
    private func emptyStacks(
        _ context: EvaluationContext, _ condition: Value, _ carried: [Value?]
    ) throws -> [Tensor] {
        let facts = try ([condition] + carried).map { value in
            try value.map { Inferred(type: try $0.valueType) }
        }
        let types = try context.outputTypes(of: Self.body, [.tensor(.int64, [])] + facts)
        return try types.dropFirst(1 + carriedCount).map { try TensorStack.empty([0], $0) }
    }
}

extension Loop: BodyDerivative {}
