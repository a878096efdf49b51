import HingeGraph

/// What is added to the scores of attention, as steps.
extension AttentionSteps {
    /// What is added to scores, and whether that may leave a query without keys.
    struct Bias {
        let name: String
        let rank: Int
        let mayExcludeAll: Bool
    }

    /// A number of rows: known, or the name of an `int64` scalar.
    enum Length {
        case known(Int)
        case named(String)
    }

    mutating func bias() throws -> Bias? {
        let mask = try maskNumbers()
        guard let positions = try positions() else { return mask }
        let zero = number(0)
        let minusInfinity = number(-.infinity)
        let added = speller.step("Where", [positions.name, zero, minusInfinity])
        let rank = speller.hasInput(6) ? 4 : 2
        guard let mask else {
            return Bias(name: added, rank: rank, mayExcludeAll: positions.mayExcludeAll)
        }
        return Bias(
            name: speller.step("Add", [added, mask.name]), rank: max(rank, mask.rank),
            mayExcludeAll: positions.mayExcludeAll || mask.mayExcludeAll)
    }

    /// The mask as numbers to add, one for each key or one for all.
    private mutating func maskNumbers() throws -> Bias? {
        guard speller.hasInput(3) else { return nil }
        var mask = speller.inputs[3]
        var mayExcludeAll = true
        switch try speller.elementType(3) {
        case .bool:
            let (zero, minusInfinity) = (number(0), number(-.infinity))
            mask = speller.step("Where", [mask, zero, minusInfinity])
        case type:
            let elements = try speller.constantInput(3)?.doubles()
            mayExcludeAll = elements?.contains(-.infinity) ?? true
        default: mask = speller.cast(mask, to: type)
        }
        guard let rank = speller.shape(3)?.rank else { throw unknown("the rank of the mask") }
        let dimension = speller.shape(3)?[rank - 1]
        let isShort =
            operation.padsMask && !AttentionSteps.isWhole(mask: dimension, speller)
        guard isShort else { return Bias(name: mask, rank: rank, mayExcludeAll: mayExcludeAll) }
        return Bias(
            name: try padded(mask, dimension?.extent, rank: rank), rank: rank, mayExcludeAll: true)
    }

    /// The mask with minus infinity for the keys that it has no number for.
    private mutating func padded(_ mask: String, _ extent: Int?, rank: Int) throws -> String {
        let total = try sum([length(1), pastLength()])
        if case .known(let total) = total, let extent {
            let pads = [Int](repeating: 0, count: 2 * rank - 1) + [total - extent]
            return try speller.append(
                Pad(pads: pads, value: -.infinity), [mask], known: [.tensor(type, nil)])
        }
        let shape = speller.step("Shape", [mask])
        let last = speller.constant(Tensor([Int64(rank - 1)]))
        let present = try speller.append(Gather(axis: 0), [shape, last])
        let missing = speller.step("Sub", [vector(total), present])
        let zeros = speller.constant(
            Tensor([Int64](repeating: 0, count: 2 * rank - 1)))
        let pads = speller.step("Concat", [zeros, missing], [.int("axis", 0)])
        return speller.step("Pad", [mask, pads, number(-.infinity)])
    }

    /// Which keys a query takes into account by its position: booleans that broadcast to the scores.
    private mutating func positions() throws -> (name: String, mayExcludeAll: Bool)? {
        var conditions: [String] = []
        let hasOrder =
            operation.isCausal || operation.leftWindow != nil || operation.rightWindow != nil
        guard hasOrder || speller.hasInput(6) else { return nil }
        let keys = try counting(sum([length(1), pastLength()]), shape: [1, -1])
        var offset = try pastLength()
        var counts: String?
        if speller.hasInput(6) {
            let name = try speller.append(Reshape(shape: [-1, 1, 1, 1]), [speller.inputs[6]])
            conditions.append(speller.step("Less", [keys, name]))
            counts = name
            offset = .known(0)
        }
        if hasOrder {
            var queries = try counting(length(0), shape: [-1, 1])
            if let counts {
                let start = speller.step("Sub", [counts, scalar(try length(0))])
                queries = speller.step("Add", [queries, start])
            } else {
                queries = shifted(queries, by: offset)
            }
            let ends = (operation.isCausal ? [0] : []) + (operation.rightWindow.map { [$0] } ?? [])
            if let end = ends.min() {
                conditions.append(
                    speller.step("Less", [keys, shifted(queries, by: .known(end + 1))]))
            }
            if let left = operation.leftWindow {
                conditions.append(
                    speller.step("Less", [queries, shifted(keys, by: .known(left + 1))]))
            }
        }
        var result = conditions[0]
        for condition in conditions.dropFirst() {
            result = speller.step("And", [result, condition])
        }
        let isSimple = counts == nil && operation.leftWindow == nil
        return (result, !isSimple)
    }

    /// The numbers from 0 up to a length.
    private mutating func counting(_ length: Length, shape: [Int]) throws -> String {
        switch length {
        case .known(let count):
            return speller.constant(
                Tensor((0..<Int64(count)).map { $0 }, shape: shape.map { $0 < 0 ? count : $0 }))
        case .named(let name):
            guard speller.opset >= 11 else { throw unknown("the lengths") }
            let zero = speller.constant(Tensor([Int64(0)], shape: []))
            let one = speller.constant(Tensor([Int64(1)], shape: []))
            let range = speller.step("Range", [zero, name, one])
            return try speller.append(Reshape(shape: shape), [range])
        }
    }

    private mutating func shifted(_ value: String, by offset: Length) -> String {
        if case .known(0) = offset { return value }
        return speller.step("Add", [value, scalar(offset)])
    }

    /// The length of query, key or value.
    mutating func length(_ index: Int) throws -> Length {
        if let extent = AttentionSteps.keyDimension(index, speller)?.extent {
            return .known(extent)
        }
        return try extent(of: index, axis: isFlat ? 1 : 2)
    }

    mutating func pastLength() throws -> Length {
        guard speller.hasInput(4) else { return .known(0) }
        if let extent = speller.shape(4)?.dimensions.dropFirst(2).first?.extent {
            return .known(extent)
        }
        return try extent(of: 4, axis: 2)
    }

    private mutating func extent(of index: Int, axis: Int) throws -> Length {
        let shape = speller.step("Shape", [speller.inputs[index]])
        let place = speller.constant(Tensor([Int64(axis)], shape: []))
        return .named(try speller.append(Gather(axis: 0), [shape, place]))
    }

    mutating func sum(_ lengths: [Length]) throws -> Length {
        var known = 0
        var names: [String] = []
        for length in lengths {
            switch length {
            case .known(let count): known += count
            case .named(let name): names.append(name)
            }
        }
        guard var name = names.first else { return .known(known) }
        for other in names.dropFirst() { name = speller.step("Add", [name, other]) }
        return .named(known == 0 ? name : speller.step("Add", [name, scalar(.known(known))]))
    }

    private func scalar(_ length: Length) -> String {
        switch length {
        case .known(let count): speller.constant(Tensor([Int64(count)], shape: []))
        case .named(let name): name
        }
    }

    /// A length as a vector of one element.
    mutating func vector(_ length: Length) -> String {
        switch length {
        case .known(let count): return speller.constant(Tensor([Int64(count)]))
        case .named(let name):
            let shape = speller.constant(Tensor([Int64(1)]))
            return speller.step("Reshape", [name, shape])
        }
    }
}
