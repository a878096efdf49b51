import HingeGraph

extension GroupQueryAttention {
    /// Which keys a query takes into account, `[N, 1, L, T]` or `[1, 1, L, T]`.
    func mask(
        _ length: Int, _ total: Int, _ starts: Composition.Operand?,
        _ valid: Composition.Operand?, _ steps: inout Composition
    ) throws -> Composition.Operand {
        let keys = try steps.counting(steps.integer(total))
        var places = try steps.append(
            Reshape(shape: [1, 1, length, 1]), steps.counting(steps.integer(length)))
        if let starts {
            let first = try steps.append(Reshape(shape: [-1, 1, 1, 1]), starts)
            places = try steps.append(Add(), first, places)
        }
        var conditions: [Composition.Operand] = []
        if isCausal { conditions.append(try steps.append(LessOrEqual(), keys, places)) }
        if let window {
            let first = try steps.append(Sub(), places, steps.integer(window))
            conditions.append(try steps.append(Greater(), keys, first))
        }
        if let valid {
            let ends = try steps.append(Reshape(shape: [-1, 1, 1, 1]), valid)
            conditions.append(try steps.append(Less(), keys, ends))
        }
        return try conditions.dropFirst().reduce(conditions[0]) {
            try steps.append(And(), $0, $1)
        }
    }

    /// Attention of query, key and value with a mask that says all: with sinks, and with scores as an output.
    func masked(
        _ heads: [Composition.Operand], by mask: Composition.Operand, _ attention: Attention,
        _ steps: inout Composition
    ) throws -> Composition.Operand {
        var plain = Attention(scale: scale)
        plain.softcap = attention.softcap
        plain.scoreOutput = scoreOutput == .probabilities ? .probabilities : .masked
        let zero = try steps.number(0, like: heads[0])
        let added = try steps.append(
            Where(), mask, steps.optionalInput(10) ?? zero,
            steps.number(-.infinity, like: heads[0]))
        var (inputs, bias) = (heads, added)
        let hasSink = isSmooth || steps.optionalInput(11) != nil
        if hasSink { (inputs, bias) = try withSink(heads, added, &steps) }
        let outputs = try steps.append(
            plain, inputs + [bias], outputCount: steps.wants(3) ? 4 : 1)
        if steps.wants(3) {
            var scores = outputs[3]
            if hasSink {
                scores = try steps.append(SliceOf(starts: [0], ends: [-1], axes: [3]), scores)
            }
            steps.give(try steps.append(Where(), mask, scores, zero), as: 3)
        }
        return outputs[0]
    }

    /// Query, key and value, and what is added to the scores, with one more key for the sink: its products are 0, as its value
    /// is, and what is added to them is the sink.
    private func withSink(
        _ heads: [Composition.Operand], _ added: Composition.Operand, _ steps: inout Composition
    ) throws -> ([Composition.Operand], Composition.Operand) {
        var sinks = steps.constant(
            try Tensor(zeros: steps.dataType(heads[0]), shape: [queryHeadCount]))
        if let given = steps.optionalInput(11) { sinks = given }
        let column = try steps.append(Reshape(shape: [1, queryHeadCount, 1, 1]), sinks)
        func expanded(
            _ operand: Composition.Operand, to width: Composition.Operand
        ) throws -> Composition.Operand {
            let extents = try [
                steps.extent(heads[0], 0), steps.integer(queryHeadCount),
                steps.extent(heads[0], 2), width,
            ].map { try steps.append(Reshape(shape: [1]), $0) }
            let shape = try steps.append(Concat(axis: 0), extents, outputCount: 1)[0]
            return try steps.append(Expand(), operand, shape)
        }
        let bias = try steps.append(
            Concat(axis: 3), expanded(added, to: steps.extent(added, 3)),
            expanded(column, to: steps.integer(1)))
        let padded = try heads.dropFirst().map {
            try steps.append(Pad(pads: [0, 0, 0, 0, 0, 0, 1, 0]), $0)
        }
        return ([heads[0]] + padded, bias)
    }
}
