import HingeGraph

/// Convolution as matrix products: of each group's weights, `[M / group, C / group · kernel]`, and the input
/// elements below the window, `[C / group · kernel, positions]`, which are gathered block by block.
struct Convolution {
    let batch: Int
    let group: Int
    /// The input channels of one group.
    let channels: Int
    /// The feature maps of one group.
    let maps: Int
    let geometry: SpatialGeometry
    /// The shape of the result.
    let result: [Int]

    /// - Throws: ``HingeError`` when the shapes of input and weights don't fit.
    init(_ input: [Int], _ weights: [Int], window: SpatialWindow, group: Int) throws {
        guard
            let shape = try Conv.outputShape(
                Shape(input), Shape(weights), window: window, group: group),
            let extents = shape.extents
        else {
            throw HingeError(.mismatch, "input \(input) and weights \(weights) do not fit")
        }
        result = extents
        geometry = try window.geometry(
            input: Array(input.dropFirst(2)), kernel: Array(weights.dropFirst(2)))
        batch = input[0]
        self.group = group
        channels = weights[1]
        maps = weights[0] / group
    }

    /// Adds the convolution of `input` with `weights` to `output`.
    ///
    /// - Precondition: the buffers have the elements that the shapes ask for.
    func add<T: MatrixElement>(
        _ input: UnsafeBufferPointer<T>, _ weights: UnsafeBufferPointer<T>,
        to output: UnsafeMutableBufferPointer<T>
    ) {
        guard let input = input.baseAddress, let weights = weights.baseAddress,
            let target = output.baseAddress, !output.isEmpty, channels > 0
        else { return }
        let runs = WindowRuns(geometry)
        let positions = geometry.output.reduce(1, *)
        let inputSize = geometry.input.reduce(1, *)
        let depth = channels * runs.kernelCount
        let isNarrow = maps < 4
        let cost = Extent.product(of: [maps, depth, positions])
        parallelFor(batch * group, cost: cost) { range in
            let product = MatrixProduct<T.Sum>(
                rows: isNarrow ? 1 : maps, columns: isNarrow ? 1 : positions,
                depth: isNarrow ? 1 : depth)
            let sums = UnsafeMutablePointer<T.Sum>.allocate(capacity: isNarrow ? positions : 0)
            defer { sums.deallocate() }
            for index in range {
                let source = input + index * channels * inputSize
                let weights = weights + index % group * maps * depth
                let target = target + index * maps * positions
                if isNarrow {
                    for map in 0..<maps {
                        let target = target + map * positions
                        for index in 0..<positions { sums[index] = target[index].term }
                        addDirectly(source, weights + map * depth, runs, inputSize, to: sums)
                        for index in 0..<positions { target[index] = T(sums[index]) }
                    }
                } else {
                    product.addProduct(
                        rows: maps, columns: positions, depth: depth,
                        StridedMatrix(base: weights, rowStride: depth, columnStride: 1),
                        WindowColumns(base: source, runs: runs, inputSize: inputSize),
                        to: target, rowStride: positions)
                }
            }
        }
    }

    /// Adds one feature map, element of the window by element: better than a product with few rows.
    private func addDirectly<T: MatrixElement>(
        _ input: UnsafePointer<T>, _ weights: UnsafePointer<T>, _ runs: WindowRuns,
        _ inputSize: Int, to sums: UnsafeMutablePointer<T.Sum>
    ) {
        for channel in 0..<channels {
            let source = input + channel * inputSize
            let kernel = weights + channel * runs.kernelCount
            for element in runs.elements {
                let factor = kernel[element.kernel]
                for run in element.runs {
                    T.addScaled(
                        source + run.input, step: runs.step, factor, to: sums + run.output,
                        count: run.count)
                }
            }
        }
    }
}

extension MatrixElement {
    /// Adds `factor` times the elements of `source`, which are `step` apart, to those of `target`.
    @inline(__always)
    static func addScaled(
        _ source: UnsafePointer<Self>, step: Int, _ factor: Self,
        to target: UnsafeMutablePointer<Sum>, count: Int
    ) {
        let factor = factor.term
        // With a step that is known, elements next to each other are taken together.
        if step == 1 {
            for index in 0..<count {
                target[index] = Sum.multiplyAdd(target[index], factor, source[index].term)
            }
        } else {
            for index in 0..<count {
                target[index] = Sum.multiplyAdd(target[index], factor, source[index * step].term)
            }
        }
    }
}

/// The input elements below a window as a matrix: a row for each channel and element of the window, a column for
/// each output position; 0 on padding.
struct WindowColumns<Element: MatrixElement>: MatrixSource {
    let base: UnsafePointer<Element>
    let runs: WindowRuns
    /// The elements of one channel.
    let inputSize: Int

    func pack(
        rows: Range<Int>, columns: Range<Int>, width: Int,
        into target: UnsafeMutablePointer<Element.Sum>
    ) {
        let strips = (columns.count + width - 1) / width
        target.update(repeating: 0, count: strips * rows.count * width)
        var list = runs.elements[...]
        var channel = -1
        for (offset, row) in rows.enumerated() {
            let (rowChannel, kernel) = row.quotientAndRemainder(dividingBy: runs.kernelCount)
            if rowChannel != channel {
                channel = rowChannel
                list = runs.elements[...]
            }
            while let first = list.first, first.kernel < kernel { list.removeFirst() }
            guard let element = list.first, element.kernel == kernel else { continue }
            let source = base + rowChannel * inputSize
            let line = target + offset * width
            for run in element.runs {
                if run.output >= columns.upperBound { break }
                let first = max(run.output, columns.lowerBound)
                let last = min(run.output + run.count, columns.upperBound)
                if first >= last { continue }
                var input = run.input + (first - run.output) * runs.step
                var (strip, lane) = (first - columns.lowerBound)
                    .quotientAndRemainder(dividingBy: width)
                for _ in first..<last {
                    line[strip * rows.count * width + lane] = source[input].term
                    input += runs.step
                    lane += 1
                    if lane == width {
                        lane = 0
                        strip += 1
                    }
                }
            }
        }
    }
}
