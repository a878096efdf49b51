import HingeGraph

/// Images sampled at places: `x` `[N, C, spatial…]` at `[N, positions, R]`.
///
/// N is the batch, C the channels, R the number of spatial dimensions.
struct GridSampling: Sendable {
    private let axes: [SamplingAxis]
    private let alignsCorners: Bool
    private let batch: Int
    private let channels: Int
    /// The elements of a plane of `x`.
    private let planeSize: Int
    /// The elements of a plane of the result.
    private let positions: Int
    private let shape: [Int]

    /// - Parameter shape: The shape of the result.
    init(_ operation: GridSample, _ x: [Int], _ shape: [Int]) throws {
        axes = x.dropFirst(2).map {
            SamplingAxis(
                extent: $0, mode: operation.mode, outside: operation.outside,
                endsAtCenters: operation.alignsCorners)
        }
        alignsCorners = operation.alignsCorners
        (batch, channels) = (x[0], x[1])
        planeSize = try Tensor.count(of: Array(x.dropFirst(2)))
        positions = try Tensor.count(of: Array(shape.dropFirst(2)))
        self.shape = shape
        try MemoryLimit.check(.float64, [batch, positions, axes.count])
    }

    /// The places, `float64[N, positions, R]`, counted in elements of the images, the first dimension first; rounded as numbers of
    /// type `T` are.
    func places<T: RealElement>(_ grid: Tensor, _ type: T.Type) throws -> Tensor {
        let rank = axes.count
        let result = try Tensor(allocating: .float64, shape: [batch, positions, rank])
        let grid = try grid.reals(T.self)
        guard let places = result.region?.base.assumingMemoryBound(to: Double.self) else {
            throw HingeError(.internalError, "the places have no memory")
        }
        let extents = axes.map { T($0.extent) }
        try grid.withUnsafeElements(of: T.self) { grid in
            parallelFor(batch * positions, cost: 8 * rank) { range in
                for position in range {
                    for axis in 0..<rank {
                        let value = grid[position * rank + rank - 1 - axis]
                        let extent = extents[axis]
                        let place =
                            alignsCorners
                            ? (value + 1) / 2 * (extent - 1) : ((value + 1) * extent - 1) / 2
                        places[position * rank + axis] = Double(place)
                    }
                }
            }
        }
        return result
    }

    /// The movement that takes the nearest elements of the first source, or the only one of the second where there is none.
    ///
    /// - Throws: ``HingeError`` with the code `limit`.
    func nearest(_ places: Tensor) throws -> NearestElements {
        let rank = axes.count
        let strides = StridedCopy.strides(of: axes.map(\.extent))
        var offsets = try [Int](bounded: -1, count: batch * positions)
        try places.withUnsafeElements(of: Double.self) { places in
            offsets.withUnsafeMutableBufferPointer { offsets in
                parallelFor(offsets.count, cost: 16 * rank) { range in
                    for position in range {
                        var offset = 0
                        for axis in 0..<rank {
                            guard let index = axes[axis].nearest(places[position * rank + axis])
                            else {
                                offset = -1
                                break
                            }
                            offset += index * strides[axis]
                        }
                        offsets[position] = offset
                    }
                }
            }
        }
        return NearestElements(
            offsets: offsets, channels: channels, planeSize: planeSize, positions: positions)
    }

    /// Makes what mixes elements of a type.
    struct Maker: NumberVisitor {
        let sampling: GridSampling
        let dataType: DataType

        typealias Mix = @Sendable (inout EvaluationContext, _ places: Tensor) throws -> Void

        func visit<T: NumberElement>(_ type: T.Type) throws -> Mix { try mix(type, parts: 1) }

        /// - Parameter parts: The numbers that an element has: 2 for complex ones.
        func mix<T: NumberElement>(_ type: T.Type, parts: Int) throws -> Mix {
            let taps = try SamplingTaps(sampling.axes)
            return { [sampling, dataType] context, places in
                let x = try context.input(0).aligned()
                let y = try context.output(0, dataType, sampling.shape)
                guard let source = x.region?.base.assumingMemoryBound(to: T.self),
                    let target = y.bytes.baseAddress?.assumingMemoryBound(to: T.self), y.count > 0
                else { return }
                try places.withUnsafeElements(of: Double.self) { places in
                    guard let places = places.baseAddress else { return }
                    withExtendedLifetime(x) {
                        sampling.mix(
                            source, places, taps, to: target, parts: parts,
                            makesFlags: dataType == .bool)
                    }
                }
            }
        }
    }

    private func mix<T: NumberElement>(
        _ source: UnsafePointer<T>, _ places: UnsafePointer<Double>, _ taps: SamplingTaps,
        to target: UnsafeMutablePointer<T>, parts: Int, makesFlags: Bool
    ) {
        let count = taps.count
        let blockSize = max(1, min(64, 4096 / count))
        let cost = Extent.product(of: [8, count, channels * parts + 4])
        parallelFor(batch * positions, cost: cost) { range in
            let offsets = UnsafeMutablePointer<Int>.allocate(capacity: blockSize * count)
            let weights = UnsafeMutablePointer<Double>.allocate(capacity: blockSize * count)
            defer {
                offsets.deallocate()
                weights.deallocate()
            }
            var start = range.lowerBound
            while start < range.upperBound {
                let (image, first) = start.quotientAndRemainder(dividingBy: positions)
                let size = min(blockSize, positions - first, range.upperBound - start)
                for index in 0..<size {
                    taps.write(
                        places + (start + index) * taps.rank, offsets + index * count,
                        weights + index * count)
                }
                for channel in 0..<channels {
                    let plane = image * channels + channel
                    let x = source + plane * planeSize * parts
                    let y = target + (plane * positions + first) * parts
                    for index in 0..<size * parts {
                        let (point, part) = parts == 1 ? (index, 0) : (index / parts, index % parts)
                        let (offsets, weights) = (offsets + point * count, weights + point * count)
                        var sum = 0.0
                        for tap in 0..<count where offsets[tap] >= 0 {
                            sum += weights[tap] * x[offsets[tap] * parts + part].computed.double
                        }
                        y[index] = T(rounding: makesFlags ? (sum == 0 ? 0 : 1) : sum)
                    }
                }
                start += size
            }
        }
    }
}

/// Copies the elements of each plane at given offsets, those of its image; one element of another source where the offset
/// is −1.
struct NearestElements: Movement {
    /// For each image and position, where the element is.
    let offsets: [Int]
    let channels: Int
    let planeSize: Int
    let positions: Int

    @inline(__always)
    func callAsFunction<Element>(
        _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
    ) {
        let (source, zero) = (sources[0], sources[1][0])
        offsets.withUnsafeBufferPointer { offsets in
            parallelFor(offsets.count * channels, cost: 8) { range in
                var index = range.lowerBound
                while index < range.upperBound {
                    let (plane, first) = index.quotientAndRemainder(dividingBy: positions)
                    let count = min(positions - first, range.upperBound - index)
                    let x = source + plane * planeSize
                    let start = plane / channels * positions + first
                    for place in 0..<count {
                        let offset = offsets[start + place]
                        result[index + place] = offset < 0 ? zero : x[offset]
                    }
                    index += count
                }
            }
        }
    }
}
