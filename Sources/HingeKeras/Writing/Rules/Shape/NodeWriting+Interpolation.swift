import HingeGraph
import HingeOperators

/// The elements of one axis that each element of the result is made of, and their weights.
private struct Neighbours {
    /// For each of the neighbours, its place for each element of the result.
    var places: [[Int]] = []
    /// Their weights.
    var weights: [[Double]] = []

    /// Whether each element is one of the input's.
    var isSelection: Bool { weights.count == 1 && weights[0].allSatisfy { $0 == 1 } }

    /// The largest number of neighbours.
    static let limit = 64

    /// Finds what an operator makes each element along an axis of, from what it makes of the unit vectors.
    ///
    /// - Throws: ``HingeError`` when there are too many neighbours.
    init(_ resize: Resize, extent: Int, factor: Float?, result: Int) throws {
        guard extent > 0, extent <= 2048, result <= 8192 else {
            throw HingeError(
                .unsupported, "Keras can't resize \(extent) elements to \(result) in this way")
        }
        var single = Resize(resize.mode, resize.coordinates, rounding: resize.rounding)
        single.cubicCoefficient = resize.cubicCoefficient
        single.excludesOutside = resize.excludesOutside
        single.isAntialiased = resize.isAntialiased
        if let factor {
            single.scales = [1, factor]
        } else {
            single.sizes = [extent, result]
        }
        var unit = [Double](repeating: 0, count: extent * extent)
        for index in 0..<extent { unit[index * extent + index] = 1 }
        let rows = try Tensor.fold(single, Tensor(unit, shape: [extent, extent]))
        guard rows.shape == [extent, result] else {
            throw HingeError(
                .internalError, "expected \(result) elements, found \(rows.shape)")
        }
        let values = try rows.doubles()
        var found = [[(place: Int, weight: Double)]](repeating: [], count: result)
        for place in 0..<extent {
            for index in 0..<result where values[place * result + index] != 0 {
                found[index].append((place, values[place * result + index]))
            }
        }
        let count = max(found.map(\.count).max() ?? 1, 1)
        guard count <= Neighbours.limit else {
            throw HingeError(
                .unsupported, "expected at most \(Neighbours.limit) neighbours, found \(count)")
        }
        for neighbour in 0..<count {
            // What an element has too few neighbours for is another of its own with no weight.
            places.append(
                found.map { neighbour < $0.count ? $0[neighbour].place : $0.first?.place ?? 0 })
            weights.append(found.map { neighbour < $0.count ? $0[neighbour].weight : 0 })
        }
    }
}

extension NodeWriting {
    /// A tensor resized along each axis whose extent changes, as a sum of neighbours with their weights.
    ///
    /// - Parameters:
    ///   - factors: How much larger each axis becomes, if that is stated, and not the sizes.
    /// - Throws: ``HingeError`` when an extent isn't known.
    func interpolated(
        _ resize: Resize, _ x: KerasTensor, _ factors: [Float]?, _ output: OutputType
    ) throws -> KerasTensor {
        guard x.type.isFloatingPoint || resize.mode == .nearest else {
            throw unsupported("Keras can't interpolate elements of type \(x.type)")
        }
        var result = x
        let changing = (0..<x.rank).filter { axis in
            if let factors { return factors[axis] != 1 }
            return x.shape[axis] != output.shape[axis] || x.shape[axis] == .unknown
        }
        for axis in changing {
            guard let old = x.shape[axis].extent, let new = output.shape[axis].extent else {
                throw unsupported("Keras needs the extents to be known to resize in this way")
            }
            let neighbours = try Neighbours(
                resize, extent: old, factor: factors?[axis], result: new)
            result = try combined(result, neighbours, axis, isLast: axis == changing.last)
        }
        return result
    }

    private func combined(
        _ x: KerasTensor, _ neighbours: Neighbours, _ axis: Int, isLast: Bool
    ) throws -> KerasTensor {
        var shape = x.shape
        let count = neighbours.places[0].count
        shape[axis] = .known(count)
        let type = OutputType(x.type, shape)
        var sum: KerasTensor?
        for (number, (places, weights)) in zip(neighbours.places, neighbours.weights).enumerated() {
            let isOnly = neighbours.isSelection && isLast
            let taken = try operation(
                .numpy("Take"), [("axis", .integer(axis))], .tensor(x),
                .constant(Tensor(places.map { Int32($0) })), giving: type,
                as: isOnly ? nil : "neighbour_\(axis)_\(number)")
            if neighbours.isSelection { return taken }
            var form = [Int](repeating: 1, count: x.rank)
            form[axis] = count
            let weighted = try combined(
                "Multiply", .tensor(taken),
                .constant(try Tensor(weights, shape: form).cast(to: x.type)), giving: type,
                as: "weighted_\(axis)_\(number)")
            let isDone = isLast && number == neighbours.places.count - 1
            sum =
                try sum.map {
                    try combined(
                        "Add", .tensor($0), .tensor(weighted), giving: type,
                        as: isDone ? nil : "sum_\(axis)_\(number)")
                } ?? weighted
        }
        return sum ?? x
    }
}
