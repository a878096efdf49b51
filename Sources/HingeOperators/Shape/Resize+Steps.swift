import HingeGraph

/// Writes ``Resize`` as elements that are taken, and their weighted sums, one dimension after the other, for versions that can't say
/// how.
struct ResizeSteps {
    private let resize: Resize
    /// Shares the nodes that it writes with the operator's own.
    private var speller: Speller
    private let axes: [Int]
    private let rank: Int
    private let type: DataType
    /// The type that elements are added up in.
    private let wide: DataType

    /// The numbers that one dimension is resized by, as names of scalars.
    private struct Axis {
        /// The extent of the input, `int64` and `float64`.
        let extent: String
        let size: String
        /// The extent of the output, `int64` and `float64`.
        let result: String
        let resultSize: String
        /// How much larger the output is, `float64`.
        let scale: String
    }

    init(_ resize: Resize, _ speller: Speller) throws {
        self.resize = resize
        self.speller = speller
        let version = resize.coordinates == .halfPixelSymmetric ? 19 : 18
        guard speller.opset >= 11, resize.coordinates != .tensorFlowCrop else {
            throw speller.needs(
                version, "Resize with antialiasing, an aspect policy or symmetric coordinates")
        }
        guard let rank = speller.shape(0)?.rank else {
            throw HingeError(
                .unsupported,
                "the rank of x must be known to write this Resize for opset \(speller.opset)")
        }
        type = try speller.elementType(0)
        guard resize.mode == .nearest || type.isFloatingPoint else {
            throw speller.needs(
                version, "Resize of \(type) with antialiasing or symmetric coordinates")
        }
        wide = speller.statisticsType(type, stash: .float32)
        axes = try resize.resizedAxes(rank: rank)
        self.rank = rank
    }

    mutating func write() throws {
        let shape = speller.step("Shape", [speller.inputs[0]])
        let sizes =
            !resize.hasScalesFirst && speller.hasInput(3)
            && speller.constantInput(3)?.count != 0
        let scale = try sizes ? commonScale(shape) : nil
        let isNearest = resize.mode == .nearest
        var y = speller.inputs[0]
        if !isNearest, type != wide { y = speller.cast(y, to: wide) }
        for (index, axis) in axes.enumerated().reversed() {
            let extent = speller.element(axis, of: shape)
            let numbers =
                try sizes ? bySize(index, extent, scale) : byScale(index, extent)
            y = try resized(y, axis, numbers)
        }
        if !isNearest, type != wide { y = speller.cast(y, to: type) }
        speller.emit("Identity", inputs: [y], outputs: speller.outputs)
    }

    private mutating func combined(_ type: String, _ a: String, _ b: String) -> String {
        speller.step(type, [a, b])
    }

    private func real(_ value: Double) -> String { speller.constant(Tensor(scalar: value)) }

    // MARK: - Extents

    /// The scale of all dimensions, where the ratio of the extents stays.
    private mutating func commonScale(_ shape: String) throws -> String? {
        guard resize.aspectPolicy != .stretch else { return nil }
        let extents = speller.step("Gather", [shape, speller.vector(axes)])
        let scales = combined(
            "Div", speller.cast(speller.inputs[3], to: .float64),
            speller.cast(extents, to: .float64))
        let reduction: any Operator =
            resize.aspectPolicy == .notLarger
            ? ReduceMin(keepsDimensions: false) : ReduceMax(keepsDimensions: false)
        return try speller.append(
            reduction, [scales, ""], known: [.tensor(.float64, [.known(axes.count)])])
    }

    private mutating func bySize(
        _ index: Int, _ extent: String, _ common: String?
    ) throws -> Axis {
        let size = speller.cast(extent, to: .float64)
        var result = speller.element(index, of: speller.inputs[3])
        if let common {
            let length = combined("Add", combined("Mul", common, size), real(0.5))
            result = speller.cast(speller.step("Floor", [length]), to: .int64)
        }
        let resultSize = speller.cast(result, to: .float64)
        return Axis(
            extent: extent, size: size, result: result, resultSize: resultSize,
            scale: common ?? combined("Div", resultSize, size))
    }

    /// The extent as the standard computes it, in single precision; a ratio of extents that this can't hold is meant exactly.
    private mutating func byScale(_ index: Int, _ extent: String) throws -> Axis {
        let size = speller.cast(extent, to: .float64)
        let factor = speller.element(index, of: speller.inputs[resize.scalesIndex])
        let length = combined("Mul", speller.cast(extent, to: .float32), factor)
        let result = speller.cast(speller.step("Floor", [length]), to: .int64)
        let resultSize = speller.cast(result, to: .float64)
        let ratio = combined("Div", resultSize, size)
        let isRatio = combined("Equal", speller.cast(ratio, to: .float32), factor)
        return Axis(
            extent: extent, size: size, result: result, resultSize: resultSize,
            scale: speller.step("Where", [isRatio, ratio, speller.cast(factor, to: .float64)]))
    }

    // MARK: - One dimension

    private mutating func resized(_ value: String, _ axis: Int, _ numbers: Axis) throws -> String {
        let place = place(numbers)
        let last = combined("Sub", numbers.extent, speller.whole(1))
        let along = Attribute.int("axis", axis)
        guard resize.mode != .nearest else {
            let index = speller.cast(rounded(place, numbers), to: .int64)
            return speller.step("Gather", [value, held(index, last)], [along])
        }
        // Where the output is smaller, an antialiasing kernel is as much wider.
        var stretch = real(1)
        if resize.isAntialiased {
            let isSmaller = combined("Less", numbers.scale, stretch)
            stretch = speller.step("Where", [isSmaller, numbers.scale, stretch])
        }
        let radius = real(resize.mode == .cubic ? 2 : 1)
        let reach = speller.step("Ceil", [combined("Div", radius, stretch)])
        let taps = speller.step(
            "Range", [real(0), combined("Add", reach, reach), real(1)])
        let column = try speller.append(Reshape(shape: [-1, 1]), [place])
        let first = combined(
            "Add", combined("Sub", speller.step("Floor", [column]), reach), real(1))
        let neighbours = combined("Add", first, taps)
        let distance = speller.step("Abs", [combined("Sub", neighbours, column)])
        var weights = weight(combined("Mul", distance, stretch))
        if resize.excludesOutside {
            let isBefore = combined("Less", neighbours, real(0))
            let isBehind = combined("Greater", neighbours, speller.cast(last, to: .float64))
            weights = speller.step("Where", [combined("Or", isBefore, isBehind), real(0), weights])
        }
        if resize.isAntialiased || resize.excludesOutside {
            let sum = try speller.append(
                ReduceSum(axes: [1], keepsDimensions: true), [weights, ""],
                known: [.tensor(.float64, .unknown(rank: 2))])
            let isNothing = combined("Equal", sum, real(0))
            weights = combined("Div", weights, speller.step("Where", [isNothing, real(1), sum]))
        }
        let taken = speller.step(
            "Gather", [value, held(speller.cast(neighbours, to: .int64), last)], [along])
        var factors = speller.cast(weights, to: wide)
        let behind = Array(2..<2 + rank - 1 - axis)
        if !behind.isEmpty {
            factors = try speller.unsqueezed(factors, behind, type: wide, rank: 2)
        }
        return try speller.summed(
            combined("Mul", taken, factors), along: axis + 1, type: wide, rank: rank + 1)
    }

    /// Where in the input each element of the output is, as ``ResizedAxis`` says.
    private mutating func place(_ axis: Axis) -> String {
        let index = speller.step("Range", [real(0), axis.resultSize, real(1)])
        let half = real(0.5)
        func centered(_ speller: inout Speller) -> String {
            let center = speller.step("Add", [index, half])
            return speller.step(
                "Sub", [speller.step("Div", [center, axis.scale]), half])
        }
        switch resize.coordinates {
        case .halfPixel, .tensorFlowCrop: return centered(&speller)
        case .halfPixelSymmetric:
            let middle = combined("Mul", axis.size, half)
            let length = combined("Mul", axis.scale, axis.size)
            let part = combined("Div", axis.resultSize, length)
            let shift = combined("Mul", middle, combined("Sub", real(1), part))
            return combined("Add", centered(&speller), shift)
        case .pytorchHalfPixel:
            let isOne = combined("Less", axis.resultSize, real(2))
            let zeros = combined("Mul", index, real(0))
            return speller.step("Where", [isOne, zeros, centered(&speller)])
        case .alignCorners:
            let steps = combined("Sub", combined("Mul", axis.scale, axis.size), real(1))
            let isOne = combined("Equal", steps, real(0))
            let last = combined("Sub", axis.size, real(1))
            let divisor = speller.step("Where", [isOne, real(1), steps])
            let factor = speller.step("Where", [isOne, real(0), last])
            return combined("Div", combined("Mul", index, factor), divisor)
        case .asymmetric: return combined("Div", index, axis.scale)
        case .tensorFlowHalfPixel:
            // A dimension that isn't scaled stays as it is.
            let isSame = combined("Equal", axis.scale, real(1))
            let moved = combined("Div", combined("Add", index, half), axis.scale)
            return speller.step("Where", [isSame, index, moved])
        }
    }

    private mutating func rounded(_ place: String, _ axis: Axis) -> String {
        let nearest =
            switch resize.rounding {
            case .preferFloor: speller.step("Ceil", [combined("Sub", place, real(0.5))])
            case .preferCeil: speller.step("Floor", [combined("Add", place, real(0.5))])
            case .floor: speller.step("Floor", [place])
            case .ceil: speller.step("Ceil", [place])
            }
        guard resize.roundsUpWhenShrinking else { return nearest }
        let isSmaller = combined("Less", axis.scale, real(1))
        return speller.step("Where", [isSmaller, speller.step("Ceil", [place]), nearest])
    }

    /// Indices, held inside the input.
    private mutating func held(_ index: String, _ last: String) -> String {
        let zero = speller.whole(0)
        let low = speller.step("Where", [combined("Less", index, zero), zero, index])
        return speller.step("Where", [combined("Greater", low, last), last, low])
    }

    /// The weight of a neighbour at a distance, as ``InterpolationKernel`` has it.
    private mutating func weight(_ distance: String) -> String {
        func polynomial(_ factors: [Double]) -> String {
            var value = real(factors[0])
            for factor in factors.dropFirst() {
                value = combined("Add", combined("Mul", value, distance), real(factor))
            }
            return value
        }
        guard resize.mode == .cubic else {
            let isOutside = combined("Greater", distance, real(1))
            return speller.step("Where", [isOutside, real(0), polynomial([-1, 1])])
        }
        let a = Double(resize.cubicCoefficient)
        let near = polynomial([a + 2, -(a + 3), 0, 1])
        let far = polynomial([a, -5 * a, 8 * a, -4 * a])
        let isFar = combined("Greater", distance, real(1))
        let isInside = combined("Less", distance, real(2))
        let outer = speller.step("Where", [isInside, far, real(0)])
        return speller.step("Where", [isFar, outer, near])
    }
}
