import HingeGraph

extension SpatialWindow {
    /// The sums of the elements under each position of the window, as a convolution with ones.
    ///
    /// - Parameters:
    ///   - x: `[N, C, spatial…]`.
    ///   - operation: The operator whose window it is.
    ///   - padding: What padding counts as; elements beyond it are 0.
    /// - Returns: `[N, C, spatial…]`.
    func sums(
        _ x: Composition.Operand, _ operation: some SpatialOperator, _ steps: inout Composition,
        padding: Double = 0
    ) throws -> Composition.Operand {
        let shape = try steps.knownShape(x)
        let window = try operation.resolvedWindow(
            input: shape, weights: nil, outputDepends: roundsUp)
        let dilated = zip(kernel, window.dilations).map { ($0 - 1) * $1 + 1 }
        var image = try steps.padSpatial(
            x, begin: window.begin, end: window.end, value: padding)
        if let geometry = window.geometry {
            // Where the last window stands out, or one that would begin in the padding is left out.
            let missing = geometry.output.indices.map { axis in
                (geometry.output[axis] - 1) * window.strides[axis] + dilated[axis]
                    - geometry.input[axis] - window.begin[axis] - window.end[axis]
            }
            image = try steps.padSpatial(
                image, begin: missing.map { _ in 0 }, end: missing)
        }
        let leading = try [steps.extent(of: x, 0), steps.extent(of: x, 1)]
        let spatial = try (2..<shape.rank).map { try steps.extent(of: image, $0) }
        let one = try steps.append(
            Concat(axis: 0), [steps.integers([-1, 1])] + spatial, outputCount: 1)[0]
        let type = try steps.dataType(x)
        let ones = steps.constant(try Tensor(filledWith: 1, type, shape: [1, 1] + kernel))
        let convolution = Conv(
            window: SpatialWindow(strides: window.strides, dilations: window.dilations))
        let sums = try steps.append(
            convolution, steps.append(Reshape(), image, one), ones)
        let extents = try (2..<shape.rank).map { try steps.extent(of: sums, $0) }
        let whole = try steps.append(Concat(axis: 0), leading + extents, outputCount: 1)[0]
        return try steps.append(Reshape(), sums, whole)
    }
}

extension Composing {
    /// `|x|ᵖ`.
    mutating func powers(of x: Term, _ p: Double) throws -> Term {
        if p == 2 { return try square(x) }
        let magnitude = try composition.append(Abs(), [x], outputCount: 1)[0]
        return try power(magnitude, p)
    }

    /// `x^(1/p)` of what isn't negative, with the derivative 0 at 0.
    mutating func root(of x: Term, _ p: Double) throws -> Term {
        if p == 1 { return x }
        let isPositive = try isGreater(x, than: 0)
        let safe = try select(isPositive, x, scalar(1, like: x))
        let root =
            p == 2
            ? try composition.append(Sqrt(), [safe], outputCount: 1)[0] : try power(safe, 1 / p)
        return try keep(root, where: isPositive)
    }
}
