import HingeGraph

/// Transposed convolution as matrix products: of each group's weights, transposed, and the input; each column of the
/// product is spread over the window's place on the output.
struct TransposedConvolution {
    let batch: Int
    let group: Int
    /// The input channels of one group.
    let channels: Int
    /// The feature maps of one group.
    let maps: Int
    let geometry: SpatialGeometry

    /// The shape of the result.
    var result: [Int] { [batch, group * maps] + geometry.output }

    /// - Throws: ``HingeError`` when the shapes of input and weights don't fit.
    init(_ operator: ConvTranspose, _ input: [Int], _ weights: [Int]) throws {
        _ = try `operator`.inferOutputs(
            InferenceContext(inputs: [
                Inferred.tensor(nil, Shape(input)), Inferred.tensor(nil, Shape(weights)),
            ]))
        geometry = try `operator`.geometry(
            input: Array(input.dropFirst(2)), kernel: Array(weights.dropFirst(2)))
        batch = input[0]
        group = `operator`.group
        channels = input[1] / group
        maps = weights[1]
    }

    /// Adds the transposed convolution of `input` with `weights` to `output`.
    ///
    /// - Precondition: the buffers have the elements that the shapes ask for.
    func add<T: MatrixElement>(
        _ input: UnsafeBufferPointer<T>, _ weights: UnsafeBufferPointer<T>,
        to output: UnsafeMutableBufferPointer<T>
    ) {
        guard let input = input.baseAddress, let weights = weights.baseAddress,
            let target = output.baseAddress, !output.isEmpty, channels > 0
        else { return }
        // The walk is that of the convolution whose transpose this is: input and output change places.
        var walk = geometry
        swap(&walk.input, &walk.output)
        let runs = WindowRuns(walk)
        let positions = geometry.input.reduce(1, *)
        let outputSize = geometry.output.reduce(1, *)
        let rows = maps * runs.kernelCount
        guard positions > 0, rows > 0 else { return }
        var byKernel = [Int?](repeating: nil, count: runs.kernelCount)
        for (index, element) in runs.elements.enumerated() { byKernel[element.kernel] = index }
        let chunk = max(1, min(rows, (1 << 20) / positions))
        let product = MatrixProduct<T.Sum>(rows: chunk, columns: positions, depth: channels)
        let columns = UnsafeMutablePointer<T.Sum>.allocate(capacity: chunk * positions)
        let sums = UnsafeMutablePointer<T.Sum>.allocate(capacity: maps * outputSize)
        defer {
            columns.deallocate()
            sums.deallocate()
        }
        for index in 0..<batch * group {
            let weights = weights + index % group * channels * rows
            let source = StridedMatrix(
                base: input + index * channels * positions, rowStride: positions, columnStride: 1)
            let target = target + index * maps * outputSize
            for place in 0..<maps * outputSize { sums[place] = target[place].term }
            for first in stride(from: 0, to: rows, by: chunk) {
                let count = min(chunk, rows - first)
                columns.update(repeating: 0, count: count * positions)
                product.addProduct(
                    rows: count, columns: positions, depth: channels,
                    StridedMatrix(base: weights + first, rowStride: 1, columnStride: rows),
                    source, to: columns, rowStride: positions)
                for row in 0..<count {
                    let (map, kernel) = (first + row)
                        .quotientAndRemainder(dividingBy: runs.kernelCount)
                    guard let element = byKernel[kernel] else { continue }
                    let column = columns + row * positions
                    let plane = sums + map * outputSize
                    for run in runs.elements[element].runs {
                        spread(column + run.output, run.count, step: runs.step, plane + run.input)
                    }
                }
            }
            for place in 0..<maps * outputSize { target[place] = T(sums[place]) }
        }
    }

    @inline(__always)
    private func spread<T: MatrixElement>(
        _ source: UnsafePointer<T>, _ count: Int, step: Int, _ target: UnsafeMutablePointer<T>
    ) {
        for index in 0..<count {
            target[index * step] = T.multiplyAdd(target[index * step], 1, source[index])
        }
    }
}
