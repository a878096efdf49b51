import HingeGraph

extension GridSample: SteppedOperator {
    /// For each neighbour, the elements that are gathered at its places, times its weight.
    ///
    /// Where a place is on an element, the slope is that towards the next one.
    public func appendSteps(_ steps: inout Composition) throws {
        let (x, grid) = (try steps.input(0), try steps.input(1))
        let shape = try steps.knownShape(x)
        let gridRank = try steps.knownShape(grid).rank
        guard let extents = Shape(Array(shape.dimensions.dropFirst(2))).extents else {
            throw steps.unknown("the extents of the images")
        }
        var taps = [SampledTap()]
        for (axis, extent) in extents.enumerated() {
            let coordinate = try steps.append(
                Gather(axis: gridRank - 1), grid, steps.integer(extents.count - 1 - axis))
            let flat = try steps.reshape(coordinate, to: [0, -1])
            let place = try steps.place(
                flat, extent: extent, alignsCorners: alignsCorners)
            let own = try steps.neighbours(place, mode)
            taps = try taps.flatMap { tap in
                try own.map { neighbour in
                    try steps.joined(tap, neighbour, extent, self)
                }
            }
        }
        let images = try steps.reshape(x, to: [0, 0, -1])
        var sum: Composition.Operand?
        for tap in taps {
            guard let offset = tap.offset else { continue }
            let wide = try steps.append(
                Concat(axis: 0),
                [steps.extent(of: x, 0), steps.extent(of: x, 1), steps.extent(of: offset, 1)],
                outputCount: 1)[0]
            let places = try steps.append(
                Expand(), steps.append(Unsqueeze(axes: [1]), offset), wide)
            var part = try steps.append(GatherElements(axis: 2), images, places)
            if let weight = tap.weight {
                part = try steps.multiply(
                    part, steps.append(Unsqueeze(axes: [1]), weight))
            }
            if let isInside = tap.isInside {
                part = try steps.keep(
                    part, where: steps.append(Unsqueeze(axes: [1]), isInside))
            }
            sum = try sum.map { try steps.add($0, part) } ?? part
        }
        guard let sum else { throw steps.unknown("the extents of the images") }
        let positions = try (1..<gridRank - 1).map { try steps.extent(of: grid, $0) }
        let result = try steps.append(
            Concat(axis: 0), [steps.extent(of: x, 0), steps.extent(of: x, 1)] + positions,
            outputCount: 1)[0]
        steps.give(try steps.append(Reshape(), sum, result))
    }
}

/// One of the elements that each sample is made of, `[N, positions]`.
private struct SampledTap {
    /// Where it is in a plane of the image, `int64`.
    var offset: Composition.Operand?
    /// How much it counts; `nil` for all.
    var weight: Composition.Operand?
    /// Whether it is there; `nil` for always.
    var isInside: Composition.Operand?
}

extension Composition {
    /// The place along a dimension, counted in elements, of a coordinate from −1 to 1.
    fileprivate mutating func place(
        _ coordinate: Operand, extent: Int, alignsCorners: Bool
    ) throws -> Operand {
        let size = Double(extent)
        if alignsCorners {
            return try multiply(add(coordinate, 1), (size - 1) / 2)
        }
        return try multiply(add(multiply(add(coordinate, 1), size), -1), 0.5)
    }

    /// The indices of the neighbours of a place, perhaps outside, and their weights; see ``SamplingAxis``.
    fileprivate mutating func neighbours(
        _ place: Operand, _ mode: GridSample.Mode
    ) throws -> [(index: Operand, weight: Operand?)] {
        guard mode != .nearest else {
            let index = try append(Cast(to: .int64), append(Round(), place))
            return [(index, nil)]
        }
        let floor = try append(Floor(), place)
        let t = try subtract(place, floor)
        let index = try append(Cast(to: .int64), floor)
        let rest = try subtract(1, t)
        if mode == .linear {
            return [(index, rest), (try append(Add(), index, integer(1)), t)]
        }
        func close(_ distance: Operand) throws -> Operand {
            let factor = try add(multiply(distance, 1.25), -2.25)
            return try add(multiply(multiply(factor, distance), distance), 1)
        }
        func far(_ distance: Operand) throws -> Operand {
            let first = try add(multiply(distance, -0.75), 3.75)
            let second = try add(multiply(first, distance), -6)
            return try add(multiply(second, distance), 3)
        }
        let weights = try [far(add(t, 1)), close(t), close(rest), far(add(rest, 1))]
        return try weights.enumerated().map { tap, weight in
            (try append(Add(), index, integer(tap - 1)), weight)
        }
    }

    /// A neighbour in one more dimension.
    fileprivate mutating func joined(
        _ tap: SampledTap, _ neighbour: (index: Operand, weight: Operand?), _ extent: Int,
        _ operation: GridSample
    ) throws -> SampledTap {
        var result = tap
        var index = neighbour.index
        let last = integer(extent - 1)
        switch operation.outside {
        case .border: break
        case .zeros:
            let isBelow = try append(Less(), index, integer(0))
            let isAbove = try append(Greater(), index, last)
            var isInside = try append(Not(), append(Or(), isBelow, isAbove))
            if let other = tap.isInside { isInside = try append(And(), other, isInside) }
            result.isInside = isInside
        case .reflection:
            let ends = operation.alignsCorners
            let period = max(ends ? 2 * (extent - 1) : 2 * extent, 1)
            let phase = try append(Mod(), index, integer(period))
            let back = try append(Sub(), integer(period - (ends ? 0 : 1)), phase)
            index = try append(Min(), phase, back)
        }
        index = try append(Clip(), index, integer(0), last)
        if let offset = tap.offset {
            index = try append(Add(), append(Mul(), offset, integer(extent)), index)
        }
        result.offset = index
        if let weight = neighbour.weight {
            result.weight = try tap.weight.map { try multiply($0, weight) } ?? weight
        }
        return result
    }
}
