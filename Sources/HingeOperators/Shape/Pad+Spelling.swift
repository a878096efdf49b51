import HingeGraph

public extension Pad {
    /// Writes `Pad` with an attribute before version 11, and for all dimensions before 18.
    func spell(_ speller: inout Speller) throws {
        if mode == .wrap, speller.opset < 19 {
            guard speller.opset >= 11 else { throw speller.needs(11, "Pad that wraps") }
            return try spellWrapping(&speller)
        }
        let attributes: [Attribute] =
            mode == .constant ? [] : [.string("mode", mode.rawValue)]
        var inputs = speller.inputs
        if speller.opset < 18, speller.hasInput(3) {
            inputs = [inputs[0], try spelledPads(&speller), inputs[2]]
        }
        guard speller.opset < 11 else {
            if let value, value != 0 {
                while inputs.count < 3 { inputs.append("") }
                inputs[2] = try speller.scalar(Double(value), like: 0)
            }
            return speller.emit(
                Self.type, attributes, inputs: inputs, outputs: speller.outputs)
        }
        var value = value ?? 0
        if speller.hasInput(2) {
            let tensor = try speller.constantInput(2, named: "a value", needing: 11)
            value = try tensor.floats().first ?? 0
        }
        guard let pads = try constantPads(speller)?.integers() else {
            throw speller.needs(11, "a list of pads that is computed")
        }
        speller.emit(
            Self.type,
            attributes + [
                .ints(speller.opset < 2 ? "paddings" : "pads", pads), .float("value", value),
            ],
            inputs: [inputs[0]], outputs: speller.outputs)
    }

    /// The pads of all dimensions, where they are constant.
    private func constantPads(_ speller: Speller) throws -> Tensor? {
        guard let pads = speller.constantInput(1) else { return nil }
        guard speller.hasInput(3) else { return pads }
        guard let axes = try speller.constantInput(3)?.integers() else { return nil }
        let widths = try PadWidths(pads.integers(), axes: axes, rank: rank(speller))
        return Tensor((widths.before + widths.after).map { Int64($0) })
    }

    private func rank(_ speller: Speller) throws -> Int {
        guard let rank = speller.shape(0)?.rank else {
            throw HingeError(
                .unsupported,
                "the rank of input 0 must be known to write Pad for opset \(speller.opset)")
        }
        return rank
    }

    /// The name of the pads of all dimensions.
    private func spelledPads(_ speller: inout Speller) throws -> String {
        if let pads = try constantPads(speller) { return speller.constant(pads) }
        guard speller.hasInput(3) else { return speller.inputs[1] }
        guard speller.opset >= 11 else {
            throw speller.needs(11, "a list of pads that is computed")
        }
        let rank = try rank(speller)
        func number(_ value: Int) -> String { speller.constant(Tensor([Int64(value)])) }
        let axes = speller.cast(speller.inputs[3], to: .int64)
        let fromEnd = speller.step("Add", [axes, number(rank)])
        let isNegative = speller.step("Less", [axes, number(0)])
        let places = speller.step("Where", [isNegative, fromEnd, axes])
        let after = speller.step("Add", [places, number(rank)])
        let zeros = speller.constant(Tensor([Int64](repeating: 0, count: 2 * rank)))
        return speller.step(
            "ScatterElements",
            [
                zeros, speller.step("Concat", [places, after], [.int("axis", 0)]),
                speller.inputs[1],
            ])
    }

    // MARK: - Wrapping

    /// Writes each dimension as the elements that are taken, those outside counted from the other end.
    private func spellWrapping(_ speller: inout Speller) throws {
        let rank = try rank(speller)
        let pads = try constantPads(speller)?.integers()
        let name = try spelledPads(&speller)
        let shape = speller.step("Shape", [speller.inputs[0]])
        var y = speller.inputs[0]
        for axis in 0..<rank where pads.map({ $0[axis] != 0 || $0[rank + axis] != 0 }) ?? true {
            let sources = sources(axis, name, rank, shape, &speller)
            y = speller.step("Gather", [y, sources], [.int("axis", axis)])
        }
        speller.emit("Identity", inputs: [y], outputs: speller.outputs)
    }

    /// The indices in the input along a dimension: elements are removed first, and those that are left repeat.
    private func sources(
        _ axis: Int, _ pads: String, _ rank: Int, _ shape: String, _ speller: inout Speller
    ) -> String {
        func number(_ value: Int) -> String { speller.constant(Tensor(scalar: Int64(value))) }
        let (zero, one) = (number(0), number(1))
        func part(_ list: String, _ place: Int) -> String {
            speller.step("Gather", [list, number(place)])
        }
        /// How many elements a pad adds, and how many it removes.
        func split(_ pad: String) -> (added: String, removed: String) {
            let isNegative = speller.step("Less", [pad, zero])
            let opposite = speller.step("Neg", [pad])
            return (
                speller.step("Where", [isNegative, zero, pad]),
                speller.step("Where", [isNegative, opposite, zero])
            )
        }
        let before = split(part(pads, axis))
        let after = split(part(pads, rank + axis))
        let removed = speller.step("Add", [before.removed, after.removed])
        let left = speller.step("Sub", [part(shape, axis), removed])
        let places = speller.step(
            "Range",
            [speller.step("Neg", [before.added]), speller.step("Add", [left, after.added]), one])
        // Of nothing there is nothing to take, and no remainder of a division by 0.
        let isEmpty = speller.step("Less", [left, one])
        let period = speller.step("Where", [isEmpty, one, left])
        return speller.step("Add", [speller.step("Mod", [places, period]), before.removed])
    }
}
