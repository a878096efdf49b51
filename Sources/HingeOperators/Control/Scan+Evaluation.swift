import HingeGraph

public extension Scan {
    func evaluate(_ context: inout EvaluationContext) throws {
        let states = try (0..<stateCount).map { try context.input(firstState + $0) }
        let inputs = try scans.indices.map { try context.input(firstState + stateCount + $0) }
        guard isBatched else {
            let result = try pass(context, states, inputs, length: nil)
            for (index, state) in result.states.enumerated() { context.set(index, state) }
            for (index, tensor) in result.stacks.enumerated() {
                context.set(stateCount + index, try placed(tensor, stacks[index]))
            }
            return
        }
        try evaluateBatch(&context, states, inputs)
    }

    /// A stack with its first dimension where it belongs.
    private func placed(_ tensor: Tensor, _ direction: Direction) throws -> Tensor {
        try tensor.movingAxis(
            0, to: try InferenceContext.axis(direction.axis, rank: tensor.rank),
            isReversed: direction.isReversed)
    }

    /// Scans tensors from a state on.
    ///
    /// - Parameter length: The number of iterations, at most the extent that is scanned; `nil` for that extent.
    /// - Returns: The last state, and what was stacked along dimension 0.
    private func pass(
        _ context: EvaluationContext, _ states: [Tensor], _ inputs: [Tensor], length: Int?
    ) throws -> (states: [Tensor], stacks: [Tensor]) {
        var extent: Int?
        let rows = try zip(inputs, scans).map { input, direction in
            let axis = try InferenceContext.axis(direction.axis, rank: input.rank)
            let other = extent ?? input.shape[axis]
            guard other == input.shape[axis] else {
                throw HingeError(
                    .mismatch,
                    "expected inputs of one extent, found \(other) and \(input.shape[axis])")
            }
            extent = other
            return try input.movingAxis(axis, to: 0)
        }
        let count = length ?? extent ?? 0
        var states = states
        var results = [TensorStack](repeating: TensorStack(), count: stacks.count)
        for iteration in 0..<count {
            let elements = try zip(rows, scans).map { row, direction in
                try row.element(at: direction.isReversed ? count - 1 - iteration : iteration)
            }
            let outputs = try context.run(
                Self.body, (states + elements).map { Value.tensor($0) })
            guard outputs.count == stateCount + stacks.count else {
                throw HingeError(
                    .mismatch,
                    "expected \(stateCount + stacks.count) outputs of the body, found "
                        + "\(outputs.count)")
            }
            for index in states.indices {
                states[index] = try next(states[index], outputs[index], index)
            }
            for index in results.indices {
                try results[index].append(outputs[stateCount + index], output: index)
            }
        }
        let empty = count > 0 ? [] : try emptyStacks(context, states, rows)
        return (
            states, try results.enumerated().map { try $1.tensor() ?? empty[$0] }
        )
    }

    /// The state that a body gave, which is of the same type and shape as that before.
    private func next(_ before: Tensor, _ value: Value?, _ index: Int) throws -> Tensor {
        guard let tensor = value?.tensor, tensor.dataType == before.dataType,
            tensor.shape == before.shape
        else {
            let found = try value?.valueType.description ?? "none"
            throw HingeError(
                .mismatch,
                "expected a state \(index) of \(before.dataType)\(before.shape), found \(found)")
        }
        return tensor
    }

    /// What is stacked where the body doesn't run.
    private func emptyStacks(
        _ context: EvaluationContext, _ states: [Tensor], _ rows: [Tensor]
    ) throws -> [Tensor] {
        guard !stacks.isEmpty else { return [] }
        let facts = states.map { Inferred.tensor($0.dataType, Shape($0.shape)) }
        let elements = rows.map {
            Inferred.tensor($0.dataType, Shape(Array($0.shape.dropFirst())))
        }
        let types = try context.outputTypes(of: Self.body, facts + elements)
        return try types.dropFirst(stateCount).map { try TensorStack.empty([0], $0) }
    }
}

// MARK: - Batches

extension Scan {
    private func evaluateBatch(
        _ context: inout EvaluationContext, _ states: [Tensor], _ inputs: [Tensor]
    ) throws {
        let (batch, length) = try batchExtents(states, inputs)
        let lengths =
            try context.optionalInput(0)?.integers() ?? [Int](repeating: length, count: batch)
        guard lengths.count == batch,
            lengths.allSatisfy({ $0 == length || (1...max(length, 1)).contains($0) })
        else {
            throw HingeError(
                .mismatch, "expected \(batch) lengths from 1 to \(length), found \(lengths)")
        }
        var last = [TensorStack](repeating: TensorStack(), count: stateCount)
        var results = [TensorStack](repeating: TensorStack(), count: stacks.count)
        for index in 0..<batch {
            let result = try pass(
                context, states.map { try $0.element(at: index) },
                inputs.map { try $0.element(at: index) }, length: lengths[index])
            for (state, tensor) in result.states.enumerated() { try last[state].append(tensor) }
            for (stack, tensor) in result.stacks.enumerated() {
                try results[stack].append(tensor.padded(to: length))
            }
        }
        for index in last.indices { context.set(index, try last[index].tensor() ?? states[index]) }
        guard batch == 0, !stacks.isEmpty else {
            for index in results.indices {
                if let tensor = try results[index].tensor() {
                    context.set(stateCount + index, tensor)
                }
            }
            return
        }
        let facts = (states.map { ($0, 1) } + inputs.map { ($0, 2) }).map { tensor, count in
            Inferred.tensor(tensor.dataType, Shape(Array(tensor.shape.dropFirst(count))))
        }
        let types = try context.outputTypes(of: Self.body, facts)
        for (index, type) in types.dropFirst(stateCount).enumerated() {
            context.set(stateCount + index, try TensorStack.empty([0, length], type))
        }
    }

    /// The extents of the batch and of what is scanned.
    private func batchExtents(_ states: [Tensor], _ inputs: [Tensor]) throws -> (Int, Int) {
        guard let first = inputs.first, inputs.allSatisfy({ $0.rank >= 2 }) else {
            throw HingeError(
                .mismatch, "expected inputs of a batch and a length, found \(inputs.map(\.shape))")
        }
        for tensor in states + inputs where tensor.shape.first != first.shape[0] {
            throw HingeError(
                .mismatch,
                "expected a batch of \(first.shape[0]) in each input, found \(tensor.shape)")
        }
        for tensor in inputs where tensor.shape[1] != first.shape[1] {
            throw HingeError(
                .mismatch,
                "expected inputs of one extent, found \(first.shape[1]) and \(tensor.shape[1])")
        }
        return (first.shape[0], first.shape[1])
    }
}

extension Tensor {
    /// The tensor with zeros behind it along its first dimension.
    fileprivate func padded(to length: Int) throws -> Tensor {
        guard shape[0] < length else { return self }
        var stack = TensorStack()
        for index in 0..<shape[0] { try stack.append(element(at: index)) }
        let zeros = try Tensor(zeros: dataType, shape: Array(shape.dropFirst()))
        for _ in shape[0]..<length { try stack.append(zeros) }
        return try stack.tensor() ?? self
    }
}
