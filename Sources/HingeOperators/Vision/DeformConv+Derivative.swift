import HingeGraph

extension DeformConv: SteppedOperator {
    /// The product of the weights and the samples below the window, which ``GridSample`` takes.
    ///
    /// Where a sample is on an element, the slope is that towards the next one.
    public func appendSteps(_ steps: inout Composition) throws {
        let (x, weights) = (try steps.input(0), try steps.input(1))
        let (shape, kernels) = (try steps.knownShape(x), try steps.knownShape(weights))
        guard let input = Shape(Array(shape.dimensions.dropFirst())).extents,
            let kernel = kernels.extents
        else { throw steps.unknown("the extents of the images and of the window") }
        let (channels, extents) = (input[0], Array(input.dropFirst()))
        let geometry = try Convolution(
            [1] + input, kernel, window: window, group: group
        ).geometry
        let (rank, taps) = (extents.count, Extent.product(of: geometry.kernel))
        let positions = Extent.product(of: geometry.output)
        let images = try steps.reshape(x, to: [-1, channels / offsetGroup] + extents)
        let type = try steps.dataType(x)
        var coordinates: [Composition.Operand] = []
        // [N · G, K, R, positions].
        let offsets = try steps.reshape(steps.input(2), to: [-1, taps, rank, positions])
        for axis in (0..<rank).reversed() {
            let own = try steps.append(Gather(axis: 2), offsets, steps.integer(axis))
            let places = try steps.add(
                own, steps.constant(origins(geometry, axis).converted(to: type)))
            // From −1 at one edge of the image to 1 at the other.
            let scaled = try steps.add(
                steps.multiply(places, 2 / Double(extents[axis])),
                1 / Double(extents[axis]) - 1)
            coordinates.append(try steps.append(Unsqueeze(axes: [3]), scaled))
        }
        let grid = try steps.append(Concat(axis: 3), coordinates, outputCount: 1)[0]
        let lines = [-1, taps * positions] + [Int](repeating: 1, count: rank - 1) + [rank]
        var samples = try steps.append(GridSample(), images, steps.reshape(grid, to: lines))
        if let mask = steps.optionalInput(4) {
            samples = try steps.multiply(
                steps.reshape(
                    samples, to: [-1, channels / offsetGroup, taps, positions]),
                steps.reshape(mask, to: [-1, 1, taps, positions]))
        }
        let columns = try steps.reshape(
            samples, to: [-1, group, channels / group * taps, positions])
        let matrices = try steps.reshape(
            weights, to: [group, kernel[0] / group, channels / group * taps])
        let product = try steps.append(MatMul(), matrices, columns)
        var y = try steps.reshape(product, to: [-1, kernel[0]] + geometry.output)
        if let bias = steps.optionalInput(3) {
            let ones = [Int](repeating: 1, count: rank)
            y = try steps.add(y, steps.reshape(bias, to: [-1] + ones))
        }
        steps.give(y)
    }

    /// Where the elements of a window that isn't deformed are along a dimension, `[K, positions]`.
    private func origins(_ geometry: SpatialGeometry, _ axis: Int) -> Tensor {
        let (kernel, output) = (geometry.kernel, geometry.output)
        let (taps, positions) = (Extent.product(of: kernel), Extent.product(of: output))
        /// The index along the dimension of an element at a place in memory.
        func index(_ place: Int, _ extents: [Int]) -> Int {
            place / Extent.product(of: extents.dropFirst(axis + 1).map { $0 }) % extents[axis]
        }
        let places = (0..<taps * positions).map { place -> Double in
            let (tap, position) = place.quotientAndRemainder(dividingBy: positions)
            return Double(
                index(position, output) * geometry.strides[axis]
                    + index(tap, kernel) * geometry.dilations[axis] - geometry.padsBegin[axis])
        }
        return Tensor(places, shape: [taps, positions])
    }
}
