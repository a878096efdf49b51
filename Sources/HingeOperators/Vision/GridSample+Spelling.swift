import HingeGraph

/// Writes ``GridSample`` as elements that are looked up, and their sums, for versions that don't have it.
struct GridSampleSteps {
    private let operation: GridSample
    /// Shares the nodes that it writes with the operator's own.
    private var speller: Speller
    /// The number of spatial dimensions.
    private let rank: Int
    private let type: DataType
    /// The element type of the places.
    private let placeType: DataType

    /// What a sample is made of, along one dimension or all: `[N, positions, taps]`.
    private struct Taps {
        /// The name of where the elements are.
        var places: String
        /// The name of whether there is one; `nil` if there always is.
        var isThere: String?
        /// The name of their weights; `nil` for one whole element.
        var weights: String?
        var count: Int
    }

    init(_ operation: GridSample, _ speller: Speller) throws {
        self.operation = operation
        self.speller = speller
        guard speller.opset >= 11 else { throw speller.needs(11, GridSample.type) }
        type = try speller.elementType(0)
        placeType = try speller.elementType(1)
        let version = speller.shape(0)?.rank == 4 ? 16 : 20
        guard let rank = speller.shape(0)?.rank ?? speller.shape(1)?.rank, rank >= 3 else {
            throw speller.needs(version, "GridSample of an unknown number of dimensions")
        }
        guard operation.mode == .nearest || type.isFloatingPoint else {
            throw speller.needs(version, "GridSample that mixes \(type)")
        }
        self.rank = rank - 2
    }

    mutating func write() throws {
        let shape = speller.step("Shape", [speller.inputs[0]])
        let grid = try speller.append(
            Reshape(shape: [0, -1, rank]), [speller.inputs[1]])
        var all: Taps?
        var size: String?
        for axis in 0..<rank {
            let extent = speller.element(2 + axis, of: shape)
            let coordinate = speller.step(
                "Gather", [grid, speller.whole(rank - 1 - axis)], [.int("axis", 2)])
            let taps = try taps(at: place(coordinate, extent), extent)
            all = try all.map { try combine($0, taps, extent) } ?? taps
            size = size.map { combined("Mul", $0, extent) } ?? extent
        }
        guard let all, let size else { return }
        try gather(all, shape, size)
    }

    private mutating func combined(_ type: String, _ a: String, _ b: String) -> String {
        speller.step(type, [a, b])
    }

    private func real(_ value: Double) throws -> String {
        try speller.number(value, placeType)
    }

    /// A coordinate from −1 to 1, counted in elements.
    private mutating func place(_ coordinate: String, _ extent: String) throws -> String {
        let (one, two) = (try real(1), try real(2))
        let size = speller.cast(extent, to: placeType)
        let fromStart = combined("Add", coordinate, one)
        var place: String
        if operation.alignsCorners {
            place = combined(
                "Mul", combined("Div", fromStart, two), combined("Sub", size, one))
        } else {
            place = combined(
                "Div", combined("Sub", combined("Mul", fromStart, size), one), two)
        }
        // Far outside, all is alike; only reflections go on for ever.
        if operation.outside != .reflection { place = try bounded(place) }
        return place
    }

    /// A number held in the range of indices; NaN stays.
    private mutating func bounded(_ value: String) throws -> String {
        let (low, high) = (try real(-1e9), try real(1e9))
        let above = speller.step("Where", [combined("Less", value, low), low, value])
        return speller.step("Where", [combined("Greater", above, high), high, above])
    }

    // MARK: - Along one dimension

    /// The elements around places, `[N, positions]`.
    private mutating func taps(at place: String, _ extent: String) throws -> Taps {
        let place = try speller.unsqueezed(place, [2], type: placeType, rank: 2)
        var isLost = speller.step("IsNaN", [place])
        let index: String
        var weights: String?
        switch operation.mode {
        case .nearest:
            index = speller.step("Round", [place])
            if operation.outside == .reflection {
                isLost = combined("Or", isLost, speller.step("IsInf", [place]))
            }
        case .linear:
            index = try neighbours(of: place, [0, 1])
            weights = combined("Sub", try real(1), distance(index, place))
        case .cubic:
            index = try neighbours(of: place, [-1, 0, 1, 2])
            weights = try cubicWeights(distance(index, place))
        }
        let known = speller.step("Where", [isLost, try real(0), index])
        let whole = speller.cast(try bounded(known), to: .int64)
        var (places, isThere) = element(whole, extent)
        if operation.mode == .nearest {
            let isFound = speller.step("Not", [isLost])
            isThere = isThere.map { combined("And", $0, isFound) } ?? isFound
        }
        if let isThere { places = speller.step("Where", [isThere, places, speller.whole(0)]) }
        let count = [.nearest: 1, .linear: 2, .cubic: 4][operation.mode] ?? 1
        return Taps(places: places, isThere: isThere, weights: weights, count: count)
    }

    private mutating func neighbours(of place: String, _ offsets: [Double]) throws -> String {
        let offsets = try Tensor(offsets).converted(to: placeType)
        return combined("Add", speller.step("Floor", [place]), speller.constant(offsets))
    }

    private mutating func distance(_ index: String, _ place: String) -> String {
        speller.step("Abs", [combined("Sub", index, place)])
    }

    /// Keys, "Cubic convolution interpolation for digital image processing", 1981, equation 4, with the coefficient −0.75.
    private mutating func cubicWeights(_ distance: String) throws -> String {
        func polynomial(_ factors: [Double]) throws -> String {
            var value = try real(factors[0])
            for factor in factors.dropFirst() {
                value = combined("Add", combined("Mul", value, distance), try real(factor))
            }
            return value
        }
        let near = try polynomial([1.25, -2.25, 0, 1])
        let far = try polynomial([-0.75, 3.75, -6, 3])
        let isFar = combined("Greater", distance, try real(1))
        return speller.step("Where", [isFar, far, near])
    }

    /// The elements at indices that may be outside, and whether there are any.
    private mutating func element(
        _ index: String, _ extent: String
    ) -> (places: String, isThere: String?) {
        let (zero, one) = (speller.whole(0), speller.whole(1))
        let last = combined("Sub", extent, one)
        switch operation.outside {
        case .zeros:
            let isBefore = combined("Less", index, zero)
            let isOutside = combined("Or", isBefore, combined("Greater", index, last))
            return (index, speller.step("Not", [isOutside]))
        case .border:
            let low = speller.step("Where", [combined("Less", index, zero), zero, index])
            return (
                speller.step("Where", [combined("Greater", low, last), last, low]), nil
            )
        case .reflection:
            let span = operation.alignsCorners ? last : extent
            let doubled = combined("Add", span, span)
            let period = speller.step("Where", [combined("Less", doubled, one), one, doubled])
            let phase = combined("Mod", index, period)
            var mirrored = combined("Sub", period, phase)
            if !operation.alignsCorners { mirrored = combined("Sub", mirrored, one) }
            let isPlain = combined("Less", phase, extent)
            return (speller.step("Where", [isPlain, phase, mirrored]), nil)
        }
    }

    // MARK: - Along all dimensions

    /// Each of some elements of the dimensions before with each of those of one more.
    private mutating func combine(_ all: Taps, _ taps: Taps, _ extent: String) throws -> Taps {
        let count = all.count * taps.count
        func outer(_ function: String, _ a: String, _ b: String, _ type: DataType) throws -> String
        {
            let rows = try speller.unsqueezed(a, [3], type: type, rank: 3)
            let columns = try speller.unsqueezed(b, [2], type: type, rank: 3)
            let pairs = combined(function, rows, columns)
            return try speller.append(Reshape(shape: [0, 0, count]), [pairs])
        }
        let rows = combined("Mul", all.places, extent)
        var result = Taps(
            places: try outer("Add", rows, taps.places, .int64), isThere: nil, weights: nil,
            count: count)
        if let a = all.isThere, let b = taps.isThere {
            result.isThere = try outer("And", a, b, .bool)
        }
        if let a = all.weights, let b = taps.weights {
            result.weights = try outer("Mul", a, b, placeType)
        }
        return result
    }

    /// Takes the elements out of the images, `size` elements each, and adds them up.
    private mutating func gather(_ taps: Taps, _ shape: String, _ size: String) throws {
        // [N · size, C]
        let flat = try speller.append(Reshape(shape: [0, 0, -1]), [speller.inputs[0]])
        let channels = speller.elements(1, 2, of: shape)
        let rows = try speller.append(
            Reshape(),
            [
                speller.append(Transpose([0, 2, 1]), [flat]),
                speller.joined([speller.vector([-1]), channels]),
            ])
        let batch = speller.element(0, of: shape)
        let numbers = speller.step("Range", [speller.whole(0), batch, speller.whole(1)])
        let starts = try speller.append(
            Reshape(shape: [-1, 1, 1]), [combined("Mul", numbers, size)])
        var y = speller.step("Gather", [rows, combined("Add", starts, taps.places)])
        if let isThere = taps.isThere {
            let mask = try speller.unsqueezed(isThere, [3], type: .bool, rank: 3)
            y = speller.step("Where", [mask, y, try speller.scalar(0, like: 0)])
        }
        if let weights = taps.weights {
            let wide = type == .float64 || placeType == .float64 ? DataType.float64 : .float32
            let factors = try speller.unsqueezed(
                speller.cast(weights, to: wide), [3], type: wide, rank: 3)
            let products = combined("Mul", speller.cast(y, to: wide), factors)
            y = speller.cast(
                try speller.summed(products, along: 2, type: wide, rank: 4), to: type)
        } else {
            y = try speller.append(
                Squeeze(axes: [2]), [y], known: [.tensor(type, .unknown(rank: 4))])
        }
        let planes = try speller.append(Transpose([0, 2, 1]), [y])
        let positions = speller.elements(
            1, rank + 1, of: speller.step("Shape", [speller.inputs[1]]))
        try speller.append(
            Reshape(), [planes, speller.joined([speller.elements(0, 2, of: shape), positions])],
            outputs: speller.outputs)
    }
}
