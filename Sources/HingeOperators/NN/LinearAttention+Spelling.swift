import HingeGraph

extension LinearAttention {
    /// Before version 27: a scan along the tokens carries the state, in single precision at least.
    func spellAsScan(_ speller: inout Speller) throws {
        let type = try speller.elementType(0)
        let stateType = speller.hasInput(3) ? try speller.elementType(3) : type
        let wide = speller.statisticsType(type, stash: .float32)
        let (keySize, valueSize) = (
            speller.headSize(1, keyHeadCount) ?? speller.headSize(0, queryHeadCount),
            speller.headSize(2, keyHeadCount)
        )
        guard let keySize, let valueSize, keySize > 0 else {
            throw HingeError(
                .unsupported,
                "the sizes of heads must be known to write LinearAttention for opset "
                    + "\(speller.opset)")
        }
        func widened(_ index: Int) throws -> String {
            try speller.elementType(index) == wide
                ? speller.inputs[index] : speller.cast(speller.inputs[index], to: wide)
        }
        let state =
            speller.hasInput(3)
            ? try widened(3) : try emptyState(wide, [keyHeadCount, keySize, valueSize], &speller)
        let scanned = [0, 1, 2] + (updateRule.isGated ? [4] : []) + (updateRule.isDelta ? [5] : [])
        let shapes: [(DataType, Shape)] = scanned.map { index in
            (wide, [.unknown, speller.shape(index)?.dimensions.last ?? .unknown])
        }
        let matrix: Shape = [.unknown, .known(keyHeadCount), .known(keySize), .known(valueSize)]
        let body = try speller.body([(wide, matrix)] + shapes) { try step(&$0, $1) }
        let isNarrow = type != wide
        let (present, rows) = (speller.freshName(), speller.freshName())
        try speller.emitScan(
            of: body, axis: 1, states: [state], inputs: try scanned.map(widened),
            finals: [present], outputs: [rows])
        let scale = scale == 0 ? 1 / Double(keySize).squareRoot() : Double(scale)
        let factor = speller.constant(try Tensor(filledWith: scale, wide, shape: []))
        if isNarrow {
            let scaled = speller.step("Mul", [rows, factor])
            speller.emit(
                "Cast", [.dataType("to", type)], inputs: [scaled], outputs: [speller.outputs[0]])
        } else {
            speller.emit("Mul", inputs: [rows, factor], outputs: [speller.outputs[0]])
        }
        guard speller.hasOutput(1) else { return }
        speller.emit(
            "Cast", [.dataType("to", stateType)], inputs: [present], outputs: [speller.outputs[1]])
    }

    /// A state of zeros for each sample.
    private func emptyState(
        _ type: DataType, _ extents: [Int], _ speller: inout Speller
    ) throws -> String {
        let shape = speller.step("Shape", [speller.inputs[0]])
        let batch = try speller.append(
            Gather(axis: 0), [shape, speller.constant(Tensor([0 as Int64]))])
        let others = speller.constant(Tensor(extents.map { Int64($0) }))
        let zero = speller.constant(try Tensor(zeros: type, shape: []))
        return try speller.append(
            Expand(), [zero, speller.step("Concat", [batch, others], [.int("axis", 0)])])
    }

    /// What a token does: takes the state, query, key, value, decay and rate, and gives the state and the result.
    private func step(
        _ graph: inout GraphBuilder, _ inputs: [GraphBuilder.Operand]
    ) throws -> [GraphBuilder.Operand] {
        var rest = inputs[...]
        func next() -> GraphBuilder.Operand { rest.removeFirst() }
        var (state, query, key, value) = (next(), next(), next(), next())
        func shaped(
            _ operand: GraphBuilder.Operand, _ shape: Int...
        ) throws -> GraphBuilder.Operand {
            try graph.append(Reshape(shape: [0] + shape), operand)
        }
        let heads = keyHeadCount
        query = try shaped(query, heads, queryHeadCount / heads, -1)
        let column = try shaped(key, heads, -1, 1)
        var update = try shaped(value, heads, 1, -1)
        if updateRule.isGated {
            let decay = try graph.append(Exp(), shaped(next(), heads, -1, 1))
            state = try graph.append(Mul(), state, decay)
        }
        if updateRule.isDelta {
            key = try shaped(key, heads, 1, -1)
            let given = try graph.append(MatMul(), key, state)
            value = try graph.append(Sub(), update, given)
            update = try graph.append(Mul(), value, shaped(next(), -1, 1, 1))
        }
        state = try graph.append(Add(), state, graph.append(Mul(), column, update))
        let result = try graph.append(MatMul(), query, state)
        return [state, try shaped(result, -1)]
    }
}

extension Speller {
    /// The size of the heads of an input, `[N, L, heads · size]`, if it is known.
    fileprivate func headSize(_ index: Int, _ count: Int) -> Int? {
        guard let shape = shape(index), shape.rank == 3, let columns = shape[2].extent else {
            return nil
        }
        return columns / count
    }
}
