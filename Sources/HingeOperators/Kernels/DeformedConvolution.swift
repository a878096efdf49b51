import HingeGraph

/// Convolution with a deformed window as matrix products: of each group's weights, `[M / group, C / group · K]`, and the
/// samples below the window, `[C / group · K, positions]`, which are taken block by block and as wide as sums are.
///
/// C is the number of channels, M that of feature maps, K that of a window's elements.
struct DeformedConvolution: Sendable {
    let batch: Int
    /// The shape of the result.
    let result: [Int]
    private let group: Int
    private let offsetGroup: Int
    /// The channels of one group.
    private let channels: Int
    /// The feature maps of one group.
    private let maps: Int
    private let geometry: SpatialGeometry
    private let taps: SamplingTaps
    private let kernelCount: Int
    private let positions: Int
    private let planeSize: Int
    /// How many positions are computed at once.
    private let blockSize: Int

    /// - Throws: ``HingeError`` when the shapes don't fit.
    init(
        _ operation: DeformConv, _ input: [Int], weights: [Int], offsets: [Int], mask: [Int]?
    ) throws {
        let plain = try Convolution(
            input, weights, window: operation.window, group: operation.group)
        result = plain.result
        (batch, group, channels, maps) = (plain.batch, plain.group, plain.channels, plain.maps)
        let geometry = plain.geometry
        self.geometry = geometry
        offsetGroup = operation.offsetGroup
        kernelCount = try Tensor.count(of: geometry.kernel)
        positions = try Tensor.count(of: geometry.output)
        planeSize = try Tensor.count(of: geometry.input)
        let rank = geometry.input.count
        let count = Extent.product(of: [offsetGroup, kernelCount])
        guard input[1] % offsetGroup == 0,
            offsets == [input[0], (Extent(count) * Extent(rank)).value] + geometry.output,
            mask.map({ $0 == [input[0], count] + geometry.output }) ?? true
        else {
            throw HingeError(
                .mismatch,
                "offsets \(offsets)\(mask.map { " and a mask \($0)" } ?? "") in \(offsetGroup) groups do not fit an input \(input) and an output \(plain.result)"
            )
        }
        taps = try SamplingTaps(
            geometry.input.map {
                SamplingAxis(extent: $0, mode: .linear, outside: .zeros, endsAtCenters: true)
            })
        let depth = max(channels * kernelCount, taps.count)
        blockSize = max(1, min(positions, max(16, min(512, (1 << 18) / max(depth, 1)))))
        try MemoryLimit.checkArray(of: Double.self, count: Extent.product(of: [depth, blockSize]))
    }

    /// Adds the convolution to `output`.
    ///
    /// - Precondition: the buffers have the elements that the shapes ask for.
    func add<T: RealMatrixElement>(
        _ input: UnsafeBufferPointer<T>, _ weights: UnsafeBufferPointer<T>,
        _ offsets: UnsafeBufferPointer<T>, _ mask: UnsafeBufferPointer<T>?,
        to output: UnsafeMutableBufferPointer<T>
    ) {
        guard let input = input.baseAddress, let weights = weights.baseAddress,
            let target = output.baseAddress, let offsets = offsets.baseAddress, !output.isEmpty,
            channels > 0, planeSize > 0
        else { return }
        let depth = channels * kernelCount
        let blocks = (positions + blockSize - 1) / blockSize
        let cost = Extent.product(of: [blockSize, depth, maps + 4 * taps.count])
        parallelFor(batch * group * blocks, cost: cost) { range in
            let samples = DeformedSamples<T>(
                depth: depth, blockSize: blockSize, kernelCount: kernelCount, taps: taps)
            let product = MatrixProduct<T.Sum>(rows: maps, columns: blockSize, depth: depth)
            for task in range {
                let (part, block) = task.quotientAndRemainder(dividingBy: blocks)
                let (image, own) = part.quotientAndRemainder(dividingBy: group)
                let first = block * blockSize
                let count = min(blockSize, positions - first)
                sample(
                    image, own * channels..<(own + 1) * channels, first..<first + count,
                    input, offsets, mask?.baseAddress, samples)
                product.addProduct(
                    rows: maps, columns: count, depth: depth,
                    StridedMatrix(
                        base: weights + own * maps * depth, rowStride: depth, columnStride: 1),
                    StridedMatrix(
                        base: UnsafePointer(samples.columns), rowStride: blockSize,
                        columnStride: 1),
                    to: target + part * maps * positions + first, rowStride: positions)
            }
        }
    }

    /// Takes the samples of some channels of an image below the windows at some positions.
    private func sample<T: RealMatrixElement>(
        _ image: Int, _ channels: Range<Int>, _ range: Range<Int>, _ input: UnsafePointer<T>,
        _ offsets: UnsafePointer<T>, _ mask: UnsafePointer<T>?, _ samples: DeformedSamples<T>
    ) {
        let all = group * self.channels
        let perOffset = all / offsetGroup
        let rank = geometry.input.count
        for own in channels.lowerBound / perOffset...(channels.upperBound - 1) / perOffset {
            let shared = channels.clamped(to: own * perOffset..<(own + 1) * perOffset)
            for kernel in 0..<kernelCount {
                let row = (image * offsetGroup + own) * kernelCount + kernel
                samples.locate(
                    geometry, kernel, range, offsets + row * rank * positions,
                    mask.map { $0 + row * positions }, stride: positions)
                for channel in shared {
                    samples.take(
                        input + (image * all + channel) * planeSize,
                        row: (channel - channels.lowerBound) * kernelCount + kernel,
                        count: range.count)
                }
            }
        }
    }
}

/// The samples below the windows at a block of positions, `[C · K, positions]`, and the memory that it takes to get them.
///
/// C is the number of channels, K that of a window's elements.
private final class DeformedSamples<T: RealMatrixElement> {
    /// The samples.
    let columns: UnsafeMutablePointer<T.Sum>
    private let blockSize: Int
    private let taps: SamplingTaps
    private let elements: UnsafeMutablePointer<Int>
    private let weights: UnsafeMutablePointer<Double>
    private let place: UnsafeMutablePointer<Double>

    init(depth: Int, blockSize: Int, kernelCount: Int, taps: SamplingTaps) {
        self.blockSize = blockSize
        self.taps = taps
        columns = .allocate(capacity: depth * blockSize)
        elements = .allocate(capacity: taps.count * blockSize)
        weights = .allocate(capacity: taps.count * blockSize)
        place = .allocate(capacity: taps.rank)
    }

    deinit {
        columns.deallocate()
        elements.deallocate()
        weights.deallocate()
        place.deallocate()
    }

    /// Finds what an element of the window is made of, at each position of a range.
    ///
    /// - Parameters:
    ///   - offsets: The offsets of that element at all positions, dimension by dimension, which are `stride` apart.
    ///   - mask: Its weight at all positions.
    func locate(
        _ geometry: SpatialGeometry, _ kernel: Int, _ range: Range<Int>,
        _ offsets: UnsafePointer<T>, _ mask: UnsafePointer<T>?, stride: Int
    ) {
        let count = taps.count
        for (index, position) in range.enumerated() {
            var (restOfPosition, restOfKernel) = (position, kernel)
            for axis in (0..<taps.rank).reversed() {
                let output = restOfPosition % geometry.output[axis]
                let element = restOfKernel % geometry.kernel[axis]
                restOfPosition /= geometry.output[axis]
                restOfKernel /= geometry.kernel[axis]
                let start =
                    output * geometry.strides[axis] + element * geometry.dilations[axis]
                    - geometry.padsBegin[axis]
                place[axis] = Double(start) + Double(offsets[axis * stride + position])
            }
            taps.write(place, elements + index * count, weights + index * count)
            guard let mask else { continue }
            let factor = Double(mask[position])
            for tap in index * count..<(index + 1) * count { weights[tap] *= factor }
        }
    }

    /// Takes the samples of a plane of the input at as many positions as were located.
    func take(_ plane: UnsafePointer<T>, row: Int, count: Int) {
        let taps = taps.count
        let target = columns + row * blockSize
        for index in 0..<count {
            var sum = 0.0
            for tap in index * taps..<(index + 1) * taps where elements[tap] >= 0 {
                sum += weights[tap] * Double(plane[elements[tap]])
            }
            target[index] = T.Sum(sum)
        }
    }
}
