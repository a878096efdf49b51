import HingeGraph

extension RoiAlign: SteppedOperator {
    /// `rows · x · columnsᵀ` of each region's image, with the weights that its samples give to the rows and columns, of which
    /// regions have derivatives, too.
    ///
    /// Where a sample is on an element, the slope is 0 along that dimension. How many samples there are has no derivative.
    public func appendSteps(_ steps: inout Composition) throws {
        guard mode == .mean else {
            throw HingeError(
                .unsupported, "the derivative of the largest of the samples' parts is not supported"
            )
        }
        let (x, regions) = (try steps.input(0), try steps.input(1))
        _ = try steps.knownShape(x, rank: 4)
        var edges = try steps.multiply(regions, Double(spatialScale))
        if hasHalfPixels { edges = try steps.add(edges, -0.5) }
        let images = try steps.append(Gather(axis: 0), x, steps.input(2))
        let rows = try weights(edges, first: 1, cells: outputHeight, axis: 2, &steps)
        let columns = try weights(edges, first: 0, cells: outputWidth, axis: 3, &steps)
        let mixed = try steps.append(MatMul(), rows, images)
        steps.give(try steps.append(MatMul(), mixed, steps.transposed(columns)))
    }

    /// The share of each element along a dimension in the mean of each cell's samples, `[R, 1, cells, extent]`.
    ///
    /// - Parameters:
    ///   - edges: The corners of regions, counted in elements, `[R, 4]`.
    ///   - first: The column of the one where regions begin.
    private func weights(
        _ edges: Composition.Operand, first: Int, cells: Int, axis: Int,
        _ steps: inout Composition
    ) throws -> Composition.Operand {
        let type = try steps.dataType(edges)
        // [R, 1, 1, 1].
        func corner(_ column: Int) throws -> Composition.Operand {
            let corners = try steps.append(Gather(axis: 1), edges, steps.integers([column]))
            return try steps.append(Unsqueeze(axes: [2, 3]), corners)
        }
        let start = try corner(first)
        var size = try steps.subtract(corner(first + 2), start)
        if !hasHalfPixels { size = try steps.append(Max(), size, steps.scalar(1, like: size)) }
        let width = try steps.multiply(size, 1 / Double(max(cells, 1)))
        // How many samples a cell has, and the most of all.
        let count: Composition.Operand
        let most: Composition.Operand
        if samplingRatio > 0 {
            count = try steps.scalar(Double(samplingRatio), like: edges)
            most = count
        } else {
            count = try steps.append(Ceil(), width)
            let all = try steps.append(ReduceMax(keepsDimensions: false), count)
            most = try steps.append(Max(), all, steps.scalar(0, like: edges))
        }
        let divisor = try steps.append(Max(), count, steps.scalar(1, like: edges))
        // [S, 1].
        let samples = try steps.append(Unsqueeze(axes: [1]), numbers(most, &steps))
        // [cells, 1, 1].
        let indices = steps.constant(
            try Tensor((0..<cells).map { Double($0) }, shape: [cells, 1, 1]).converted(to: type))
        let origins = try steps.add(start, steps.multiply(indices, width))
        let parts = try steps.divide(steps.add(samples, 0.5), divisor)
        // [R, cells, S, 1].
        let places = try steps.add(origins, steps.multiply(parts, width))
        let extent = try steps.append(
            Cast(to: type),
            steps.append(Squeeze(axes: [0]), steps.extent(of: steps.input(0), axis)))
        let last = try steps.add(extent, -1)
        let near = try steps.append(
            Max(), steps.append(Min(), places, last), steps.scalar(0, like: places))
        let elements = try numbers(extent, &steps)
        let distance = try steps.append(Abs(), steps.subtract(elements, near))
        var shares = try steps.append(Relu(), steps.subtract(1, distance))
        for isLeftOut in [
            try steps.append(GreaterOrEqual(), samples, count),
            try steps.isLess(places, than: -1), try steps.append(Greater(), places, extent),
        ] {
            shares = try steps.select(isLeftOut, steps.scalar(0, like: shares), shares)
        }
        let sums = try steps.sum(shares, along: [2], keep: false)
        let means = try steps.divide(
            sums, samplingRatio > 0 ? divisor : steps.append(Squeeze(axes: [3]), divisor))
        return try steps.append(Unsqueeze(axes: [1]), means)
    }

    /// The whole numbers from 0 up to one, in its element type.
    private func numbers(
        _ end: Composition.Operand, _ steps: inout Composition
    ) throws -> Composition.Operand {
        let type = try steps.dataType(end)
        // In integers, since 16-bit numbers have no range in every version.
        let whole = try steps.append(
            NumberRange(), steps.integer(0), steps.append(Cast(to: .int64), end),
            steps.integer(1))
        return try steps.append(Cast(to: type), whole)
    }
}
