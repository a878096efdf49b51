import HingeGraph

extension Scan {
    /// Writes the operator as the speller's version spells it.
    ///
    /// The batched form is written for other versions than 8 as a scan over the batch whose body scans, if there are no lengths;
    /// for version 8 any other form is a batch of one.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` that names the version needed.
    public func spell(_ speller: inout Speller) throws {
        try speller.requireBodyOutputs(Self.type)
        switch (isBatched, speller.opset < 9) {
        case (true, true): emitBatched(&speller)
        case (false, false): try emit(&speller)
        case (true, false): try spellOverBatch(&speller)
        case (false, true): try spellAsBatch(&speller)
        }
    }

    private var outputCount: Int { stateCount + stacks.count }

    private func emit(_ speller: inout Speller) throws {
        var axes = scans.map(\.axis)
        if speller.opset < 11 {
            axes = try scans.enumerated().map { index, direction in
                guard direction.axis < 0 else { return direction.axis }
                guard let rank = speller.shape(stateCount + index)?.rank else {
                    throw speller.needs(11, "Scan along a negative axis")
                }
                return try InferenceContext.axis(direction.axis, rank: rank)
            }
            guard stacks.allSatisfy({ $0.axis >= 0 }) else {
                throw speller.needs(11, "Scan along a negative axis")
            }
        }
        speller.emitBodies(Self.type, attributes(axes), outputCount: outputCount)
    }

    /// The attributes besides the body, those left out that say what is meant without them.
    func attributes(_ axes: [Int]) -> [Attribute] {
        let lists: [(String, [Int])] = [
            ("scan_input_axes", axes),
            ("scan_input_directions", scans.map { $0.isReversed ? 1 : 0 }),
            ("scan_output_axes", stacks.map(\.axis)),
            ("scan_output_directions", stacks.map { $0.isReversed ? 1 : 0 }),
        ]
        return [.int("num_scan_inputs", scans.count)]
            + lists.filter { $0.1.contains { $0 != 0 } }.map { .ints($0.0, $0.1) }
    }

    private var batchedAttributes: [Attribute] {
        let directions = scans.map { $0.isReversed ? 1 : 0 }
        return [.int("num_scan_inputs", scans.count)]
            + (directions.contains(1) ? [.ints("directions", directions)] : [])
    }

    private func emitBatched(_ speller: inout Speller) {
        speller.emitBodies(Self.type, batchedAttributes, outputCount: outputCount)
    }

    // MARK: - Between the forms

    private func spellOverBatch(_ speller: inout Speller) throws {
        guard !speller.hasInput(0) else {
            throw HingeError(
                .unsupported, "Scan over sequences of given lengths is in opset 8 only")
        }
        let inputs = Array(speller.inputs.dropFirst())
        let taken = inputs.map { _ in speller.freshName() }
        let given = (0..<outputCount).map { _ in speller.freshName() }
        let inner = Scan(stateCount: stateCount, scans: scans, stacks: stacks)
        var body = Graph(name: "batch")
        body.inputs = taken.enumerated().map { index, name in
            var type = ValueType.tensor(speller.dataType(index + 1), nil)
            if let shape = speller.shape(index + 1), shape.rank > 0 {
                type = .tensor(type.dataType, Shape(Array(shape.dimensions.dropFirst())))
            }
            return ValueInfo(name: name, type: type.dataType == nil ? nil : type)
        }
        body.outputs = given.map { ValueInfo(name: $0, type: nil) }
        body.nodes = [
            Node(
                Self.type, inputs: taken, outputs: given,
                attributes: speller.bodies + inner.attributes(scans.map(\.axis)))
        ]
        let outer = Scan(
            stateCount: 0, scans: [Direction](repeating: Direction(), count: inputs.count),
            stacks: [Direction](repeating: Direction(), count: outputCount))
        speller.emit(
            Self.type, [.graph(Self.body, body)] + outer.attributes(outer.scans.map(\.axis)),
            inputs: inputs, outputs: speller.namedOutputs(outputCount))
    }

    private func spellAsBatch(_ speller: inout Speller) throws {
        guard stacks.allSatisfy({ $0 == Direction() }) else {
            throw speller.needs(9, "Scan that stacks along another axis than 0, or backwards")
        }
        let inputs = try speller.inputs.indices.map { index in
            let name = speller.inputs[index]
            let known = [index < speller.known.count ? speller.known[index] : nil]
            let axis = index < stateCount ? 0 : scans[index - stateCount].axis
            guard axis != 0 else {
                return try speller.append(Unsqueeze(axes: [0]), [name], known: known)
            }
            guard let rank = speller.shape(index)?.rank else {
                throw speller.needs(9, "Scan along another axis than 0 of unknown rank")
            }
            var order = Array(0..<rank)
            order.insert(order.remove(at: try InferenceContext.axis(axis, rank: rank)), at: 0)
            let moved = try speller.append(Transpose(order), [name], known: known)
            return try speller.append(
                Unsqueeze(axes: [0]), [moved],
                known: [.tensor(speller.dataType(index), .unknown(rank: rank))])
        }
        let given = (0..<outputCount).map { _ in speller.freshName() }
        speller.emit(
            Self.type, speller.bodies + batchedAttributes, inputs: [""] + inputs, outputs: given)
        for (name, output) in zip(given, speller.outputs) where !output.isEmpty {
            try speller.append(Squeeze(axes: [0]), [name], outputs: [output])
        }
    }
}
