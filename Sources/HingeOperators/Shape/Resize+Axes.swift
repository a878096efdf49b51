import HingeGraph

extension Resize {
    /// The operator without ``axes``: what it is given for each of those, given for all dimensions.
    ///
    /// ONNX Runtime's optimizer misreads `axes` behind a transposition, and versions before 18 don't have it.
    struct WithoutAxes {
        /// The operator.
        var resize: Resize
        /// The names of its inputs.
        var inputs: [String]
        /// What is known of them.
        var known: [Inferred?]
    }

    /// The operator without ``axes``; `nil` when it has none, and when they have to stay: because the rank isn't
    /// known, or the policy looks at these dimensions only.
    func withoutAxes(_ speller: inout Speller) throws -> WithoutAxes? {
        guard axes != nil, !speller.isChannelsLast, let shape = speller.shape(0) else { return nil }
        let axes = try resizedAxes(rank: shape.rank)
        guard aspectPolicy == .stretch || axes.count == shape.rank else { return nil }
        let all = AllDimensions(axes: axes, shape: shape)
        var plain = WithoutAxes(
            resize: self, inputs: speller.inputs, known: Array(speller.known))
        plain.resize.axes = nil
        plain.resize.scales = nil
        plain.resize.sizes = nil
        while plain.inputs.count < 4 { plain.inputs.append("") }
        while plain.known.count < 4 { plain.known.append(nil) }
        if coordinates == .tensorFlowCrop {
            if let region = speller.constantInput(1) {
                guard region.count == 2 * axes.count else { return nil }
                plain.set(1, all.region(try region.floats()), &speller)
            } else {
                plain.computeRegion(all, try speller.elementType(1), &speller)
            }
        }
        if speller.hasInput(2), speller.constantInput(2)?.count != 0 {
            if let scales = speller.constantInput(2) {
                guard scales.count == axes.count else { return nil }
                plain.set(2, all.scales(try scales.floats()), &speller)
            } else {
                plain.compute(2, [speller.constant(all.ones)], all, &speller)
            }
        }
        if speller.hasInput(3), speller.constantInput(3)?.count != 0 {
            let sizes = try speller.constantInput(3)?.integers()
            guard sizes == nil || sizes?.count == axes.count else { return nil }
            if let sizes, let extents = all.sizes(sizes) {
                plain.set(3, extents, &speller)
            } else if let sizes, let scales = all.scales(for: sizes, mode) {
                plain.set(2, scales, &speller)
                plain.inputs[3] = ""
                plain.known[3] = nil
            } else {
                let extents = speller.step("Shape", [speller.inputs[0]])
                plain.compute(3, [extents], all, &speller)
            }
        }
        return plain
    }
}

extension Resize.WithoutAxes {
    fileprivate mutating func set(_ index: Int, _ value: Tensor, _ speller: inout Speller) {
        inputs[index] = speller.constant(value)
        known[index] = Inferred(constant: value)
    }

    /// Puts the starts and ends of a computed region, and those of whole dimensions behind them, in order.
    fileprivate mutating func computeRegion(
        _ all: AllDimensions, _ type: DataType, _ speller: inout Speller
    ) {
        let rank = all.shape.rank
        let whole = Tensor(
            [Float](repeating: 0, count: rank) + [Float](repeating: 1, count: rank))
        let others = speller.cast(speller.constant(whole), to: type)
        let elements = speller.joined([inputs[1], others])
        inputs[1] = speller.step("Gather", [elements, speller.vector(all.regionOrder)])
        known[1] = nil
    }

    /// Puts the elements of a computed input, and those for the other dimensions behind them, in order.
    fileprivate mutating func compute(
        _ index: Int, _ others: [String], _ all: AllDimensions, _ speller: inout Speller
    ) {
        let elements = speller.step("Concat", [inputs[index]] + others, [.int("axis", 0)])
        let order = speller.constant(Tensor(all.order.map { Int64($0) }))
        inputs[index] = speller.step("Gather", [elements, order])
        known[index] = nil
    }
}

/// What `Resize` is given for some axes, for all dimensions of its input.
private struct AllDimensions {
    let axes: [Int]
    let shape: Shape

    private func spread<Element>(_ values: [Element], over standard: [Element]) -> [Element] {
        var result = standard
        for (axis, value) in zip(axes, values) { result[axis] = value }
        return result
    }

    /// A 1 for each dimension.
    var ones: Tensor { Tensor([Float](repeating: 1, count: shape.rank)) }

    /// For each dimension, where its element is among those of the axes and, behind them, those of all dimensions.
    var order: [Int] {
        spread(Array(axes.indices), over: shape.dimensions.indices.map { axes.count + $0 })
    }

    /// For the start of each dimension, then for the end of each, where it is among those of the axes and, behind them, those of all
    /// dimensions.
    var regionOrder: [Int] {
        let behind = 2 * axes.count
        let rank = shape.rank
        return spread(Array(axes.indices), over: (0..<rank).map { behind + $0 })
            + spread(
                axes.indices.map { axes.count + $0 }, over: (0..<rank).map { behind + rank + $0 })
    }

    func scales(_ values: [Float]) -> Tensor {
        Tensor(spread(values, over: [Float](repeating: 1, count: shape.rank)))
    }

    func region(_ values: [Float]) -> Tensor {
        let starts = spread(
            Array(values[..<axes.count]), over: [Float](repeating: 0, count: shape.rank))
        let ends = spread(
            Array(values[axes.count...]), over: [Float](repeating: 1, count: shape.rank))
        return Tensor(starts + ends)
    }

    /// The sizes of all dimensions; `nil` when one isn't known.
    func sizes(_ values: [Int]) -> Tensor? {
        let known = spread(values, over: shape.dimensions.map { $0.extent ?? -1 })
        return known.contains(-1) ? nil : Tensor(known.map { Int64($0) })
    }

    /// Scales that mean the sizes; `nil` when there are none: because an extent isn't known, or a scale is no number of
    /// single precision where that matters.
    func scales(for sizes: [Int], _ mode: Resize.Mode) -> Tensor? {
        var values: [Float] = []
        for (axis, size) in zip(axes, sizes) {
            guard let extent = shape[axis].extent, extent > 0, size > 0 else { return nil }
            let scale = Float(size) / Float(extent)
            let isExact = Double(scale) == Double(size) / Double(extent)
            guard isExact || mode != .nearest,
                (Float(extent) * scale).rounded(.down) == Float(size)
            else { return nil }
            values.append(scale)
        }
        return scales(values)
    }
}
