import HingeGraph

/// One spatial dimension of an image that is sampled between its elements.
struct SamplingAxis: Sendable {
    /// The number of elements.
    let extent: Int
    /// How samples are made of their neighbours.
    let mode: GridSample.Mode
    /// What is outside the image.
    let outside: GridSample.Outside
    /// Whether the image ends at the centers of its first and last element; otherwise it ends half an element beyond.
    let endsAtCenters: Bool

    /// The number of neighbours that a sample is made of.
    var taps: Int {
        switch mode {
        case .nearest: 1
        case .linear: 2
        case .cubic: 4
        }
    }

    /// The index of the element at an index that may be outside; `nil` where there is none.
    func element(_ index: Int) -> Int? {
        if index >= 0, index < extent { return index }
        guard extent > 0 else { return nil }
        switch outside {
        case .zeros: return nil
        case .border: return min(max(index, 0), extent - 1)
        case .reflection:
            let period = endsAtCenters ? 2 * (extent - 1) : 2 * extent
            guard period > 0 else { return 0 }
            let phase = (index % period + period) % period
            return phase < extent ? phase : period - phase - (endsAtCenters ? 0 : 1)
        }
    }

    /// The place inside the image, or not far outside, at which everything is as at another place.
    private func near(_ place: Double) -> Double {
        guard outside == .reflection else { return min(max(place, -8), Double(extent + 8)) }
        let edge = endsAtCenters ? 0 : 0.5
        let size = Double(extent - 1) + 2 * edge
        guard place < -edge || place > size - edge else { return place }
        guard size > 0 else { return 0 }
        let phase = (place + edge).magnitude.truncatingRemainder(dividingBy: 2 * size)
        return (phase <= size ? phase : 2 * size - phase) - edge
    }

    /// The element nearest to a place; `nil` where there is none.
    func nearest(_ place: Double) -> Int? {
        let index = place.rounded(.toNearestOrEven)
        guard !index.isNaN else { return nil }
        // Far away, counted from the image by whole periods.
        let limit = outside == .reflection ? index.remainder(dividingBy: period) : near(index)
        return limit.isNaN ? nil : element(Int(limit))
    }

    private var period: Double {
        Double(max(endsAtCenters ? 2 * (extent - 1) : 2 * extent, 1))
    }

    /// Writes the neighbours of a place, −1 where there is none, and their weights.
    ///
    /// Cubic: Keys, "Cubic convolution interpolation for digital image processing", 1981, equation 4, with the coefficient
    /// −0.75.
    ///
    /// - Precondition: there is room for as many as there are ``taps``.
    func write(
        _ place: Double, _ elements: UnsafeMutablePointer<Int>,
        _ weights: UnsafeMutablePointer<Double>
    ) {
        let place = near(place)
        guard !place.isNaN else {
            for tap in 0..<taps {
                elements[tap] = extent > 0 ? 0 : -1
                weights[tap] = .nan
            }
            return
        }
        let floor = place.rounded(.down)
        let t = place - floor
        let first = Int(floor) - taps / 2 + 1
        if mode == .linear {
            weights[0] = 1 - t
            weights[1] = t
        } else {
            weights[0] = Self.far(1 + t)
            weights[1] = Self.close(t)
            weights[2] = Self.close(1 - t)
            weights[3] = Self.far(2 - t)
        }
        for tap in 0..<taps { elements[tap] = element(first + tap) ?? -1 }
    }

    /// The weight of a neighbour less than one element away.
    private static func close(_ distance: Double) -> Double {
        (1.25 * distance - 2.25) * distance * distance + 1
    }

    /// The weight of a neighbour from one to two elements away.
    private static func far(_ distance: Double) -> Double {
        ((-0.75 * distance + 3.75) * distance - 6) * distance + 3
    }
}

/// The neighbours, in all dimensions of an image, that samples are made of.
struct SamplingTaps: Sendable {
    private let axes: [SamplingAxis]
    private let strides: [Int]
    /// The number of neighbours of a sample.
    let count: Int

    /// - Throws: ``HingeError`` with the code `limit` when there are too many.
    init(_ axes: [SamplingAxis]) throws {
        self.axes = axes
        strides = StridedCopy.strides(of: axes.map(\.extent))
        count = Extent.product(of: axes.map(\.taps))
        try MemoryLimit.checkArray(of: Double.self, count: count)
    }

    /// The number of dimensions.
    var rank: Int { axes.count }

    /// Writes the neighbours of a place: their offsets in the image, −1 where there is none, and their weights.
    ///
    /// - Precondition: there is room for ``count``, and a coordinate for each dimension.
    func write(
        _ place: UnsafePointer<Double>, _ offsets: UnsafeMutablePointer<Int>,
        _ weights: UnsafeMutablePointer<Double>
    ) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 4) { elements in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: 4) { factors in
                guard let elements = elements.baseAddress, let factors = factors.baseAddress
                else { return }
                offsets[0] = 0
                weights[0] = 1
                var known = 1
                for (index, axis) in axes.enumerated() {
                    axis.write(place[index], elements, factors)
                    let (taps, stride) = (axis.taps, strides[index])
                    // From the last one on, so that none is overwritten before it is read.
                    for item in (0..<known).reversed() {
                        let (offset, weight) = (offsets[item], weights[item])
                        for tap in 0..<taps {
                            let element = elements[tap]
                            offsets[item * taps + tap] =
                                offset < 0 || element < 0 ? -1 : offset + element * stride
                            weights[item * taps + tap] = weight * factors[tap]
                        }
                    }
                    known *= taps
                }
            }
        }
    }
}
