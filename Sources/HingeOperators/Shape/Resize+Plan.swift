import HingeGraph

/// How one dimension is resized.
struct ResizedAxis {
    /// The extent of the input.
    let extent: Int
    /// The extent of the output.
    let resultExtent: Int
    /// How much larger the output is.
    let scale: Double
    /// The part of the input that is taken, as fractions.
    let region: (start: Double, end: Double)

    /// Whether nothing changes.
    var isIdentity: Bool {
        extent == resultExtent && scale == 1 && region.start == 0 && region.end == 1
    }

    /// The place in the input of an element of the output.
    func place(of index: Int, _ coordinates: Resize.Coordinates) -> Double {
        let x = Double(index)
        let last = Double(extent - 1)
        // The extent that the scale asks for, which may not be a whole number.
        let length = scale * Double(extent)
        switch coordinates {
        case .halfPixel: return (x + 0.5) / scale - 0.5
        case .halfPixelSymmetric:
            let center = Double(extent) / 2
            return center * (1 - Double(resultExtent) / length) + (x + 0.5) / scale - 0.5
        case .pytorchHalfPixel: return resultExtent > 1 ? (x + 0.5) / scale - 0.5 : 0
        case .alignCorners: return length == 1 ? 0 : x * last / (length - 1)
        case .asymmetric: return x / scale
        case .tensorFlowHalfPixel: return (x + 0.5) / scale
        case .tensorFlowCrop:
            let width = (region.end - region.start) * last
            return region.start * last + (length == 1 ? width / 2 : x * width / (length - 1))
        }
    }
}

extension Resize {
    /// How each dimension is resized.
    ///
    /// - Throws: ``HingeError`` when scales, sizes or region don't fit the shape.
    func plan(
        _ shape: [Int], region: Tensor?, scales: Tensor?, sizes: Tensor?
    ) throws -> [ResizedAxis] {
        let axes = try resizedAxes(rank: shape.count)
        var regions = [(start: Double, end: Double)](repeating: (0, 1), count: shape.count)
        if coordinates == .tensorFlowCrop {
            let values = try region?.doubles() ?? []
            guard values.count == 2 * axes.count else {
                throw HingeError(
                    .mismatch,
                    "expected a region of \(2 * axes.count) numbers, found \(values.count)")
            }
            for (index, axis) in axes.enumerated() {
                regions[axis] = (values[index], values[axes.count + index])
            }
        }
        var factors = [Double](repeating: 1, count: shape.count)
        var extents = shape
        if let sizes, sizes.count > 0 {
            (factors, extents) = try sized(sizes.integers(), axes, shape)
        } else {
            let values = try scales?.doubles() ?? []
            guard values.count == axes.count, values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
                throw HingeError(
                    .mismatch, "expected \(axes.count) scales above 0, found \(values)")
            }
            for (axis, factor) in zip(axes, values) {
                let part =
                    coordinates == .tensorFlowCrop ? regions[axis].end - regions[axis].start : 1
                // As the standard computes it: in single precision.
                let length = (Float(shape[axis]) * Float(part) * Float(factor)).rounded(.down)
                guard let extent = Int(exactly: length), extent >= 0 else {
                    throw HingeError(.limit, "a scale of \(factor) is too large")
                }
                // A ratio of extents that single precision can't hold is meant exactly.
                let ratio = shape[axis] > 0 ? Double(extent) / Double(shape[axis]) : factor
                factors[axis] = part == 1 && Double(Float(ratio)) == factor ? ratio : factor
                extents[axis] = extent
            }
        }
        return shape.indices.map {
            ResizedAxis(
                extent: shape[$0], resultExtent: extents[$0], scale: factors[$0],
                region: regions[$0])
        }
    }

    /// The scales and extents that sizes mean.
    private func sized(
        _ sizes: [Int], _ axes: [Int], _ shape: [Int]
    ) throws -> ([Double], [Int]) {
        guard sizes.count == axes.count, sizes.allSatisfy({ $0 >= 0 && $0 < 1 << 40 }) else {
            throw HingeError(.mismatch, "expected \(axes.count) sizes, found \(sizes)")
        }
        var factors = [Double](repeating: 1, count: shape.count)
        var extents = shape
        for (axis, size) in zip(axes, sizes) {
            extents[axis] = size
            factors[axis] = shape[axis] == 0 ? 1 : Double(size) / Double(shape[axis])
        }
        guard aspectPolicy != .stretch, let first = axes.first else { return (factors, extents) }
        let common = axes.reduce(factors[first]) {
            aspectPolicy == .notLarger ? min($0, factors[$1]) : max($0, factors[$1])
        }
        for axis in axes {
            factors[axis] = common
            let length = (common * Double(shape[axis]) + 0.5).rounded(.down)
            guard let extent = Int(exactly: length) else {
                throw HingeError(.limit, "sizes \(sizes) are too large")
            }
            extents[axis] = extent
        }
        return (factors, extents)
    }
}
