import HingeGraph

extension Composing {
    /// Zeros added before and after the spatial dimensions of an image, or elements removed where a number is negative.
    mutating func padSpatial(
        _ image: Term, begin: [Int], end: [Int], value: Double = 0
    ) throws -> Term {
        guard (begin + end).contains(where: { $0 != 0 }) else { return image }
        let pads = integers([0, 0] + begin + [0, 0] + end)
        return try composition.append(
            Pad(), [image, pads, scalar(value, like: image)], outputCount: 1)[0]
    }

    /// An image with so many elements cut off the beginning of each spatial dimension, and as many cut off the end, or zeros
    /// added there, that it has the extents of another.
    mutating func fitSpatial(_ image: Term, begin: [Int], to target: Term) throws -> Term {
        let (from, to) = (
            try composition.knownShape(image), try composition.knownShape(target)
        )
        let rank = from.rank
        if let found = Shape(Array(from.dimensions.dropFirst(2))).extents,
            let wanted = Shape(Array(to.dimensions.dropFirst(2))).extents
        {
            let end = zip(zip(wanted, begin), found).map { $0.0 + $0.1 - $1 }
            return try padSpatial(image, begin: begin.map { -$0 }, end: end)
        }
        let shapes = try [target, image].map {
            try composition.append(ShapeOf(start: 2), [$0], outputCount: 1)[0]
        }
        let missing = try composition.append(Sub(), shapes, outputCount: 1)[0]
        let end = try composition.append(
            Add(), [missing, integers(begin)], outputCount: 1)[0]
        let pads = try composition.append(
            Concat(axis: 0),
            [integers([0, 0] + begin.map { -$0 } + [0, 0]), end], outputCount: 1)[0]
        var result = try composition.append(Pad(), [image, pads], outputCount: 1)[0]
        if composition.shape(result)?.rank != rank {
            result = try composition.append(
                Reshape(), [result, shape(of: target)], outputCount: 1)[0]
        }
        return result
    }
}

extension Derivative {
    /// The gradient of the weights, `[M, C / group, kernel…]`, of a convolution without padding.
    ///
    /// It is itself a convolution, of the images with the gradients of the feature maps, where batch and channels change
    /// places and so do strides and dilations.
    ///
    /// - Parameters:
    ///   - image: `[N, C, spatial…]`.
    ///   - gradient: `[N, M, spatial…]`.
    mutating func weightGradient(
        _ image: Operand, _ gradient: Operand, like weights: Operand, strides: [Int],
        dilations: [Int], group: Int
    ) throws -> Operand {
        let rank = try composition.knownShape(weights).rank
        var swap = Array(0..<rank)
        swap.swapAt(0, 1)
        var image = image
        if group == 1 {
            image = try append(Transpose(swap), image)
        } else {
            let spatial = try (2..<rank).map { try extent(of: image, $0) }
            let channels = try extent(of: weights, 1)
            let divided = try append(
                Concat(axis: 0), [extent(of: image, 0), integers([group]), channels] + spatial,
                outputCount: 1)[0]
            let groups = try append(Reshape(), image, divided)
            let order = [2, 1, 0] + Array(3..<rank + 1)
            let joined = try append(
                Concat(axis: 0), [channels, integers([-1])] + spatial, outputCount: 1)[0]
            image = try append(Reshape(), append(Transpose(order), groups), joined)
        }
        let maps = try append(Transpose(swap), gradient)
        let convolution = Conv(
            window: SpatialWindow(strides: dilations, dilations: strides), group: group)
        let result = try append(Transpose(swap), append(convolution, image, maps))
        return try fitSpatial(
            result, begin: [Int](repeating: 0, count: rank - 2), to: weights)
    }

    /// Gives the gradient of the bias of channels.
    mutating func giveBias(_ g: Operand, for index: Int) throws {
        guard wants(index) else { return }
        let rank = try composition.knownShape(g).rank
        give(try sum(g, along: [0] + Array(2..<rank), keep: false), for: index)
    }
}

extension SpatialOperator {
    /// The strides, dilations and padding for an input, as far as they follow from what is known of it.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` when the padding depends on extents that aren't known.
    func resolvedWindow(
        input: Shape, weights: Shape?, outputDepends: Bool = false
    ) throws -> (
        strides: [Int], dilations: [Int], begin: [Int], end: [Int], geometry: SpatialGeometry?
    ) {
        let rank = input.rank - 2
        guard rank >= 1 else {
            throw HingeError(.mismatch, "expected 3 dimensions or more, found \(input)")
        }
        let ones = [Int](repeating: 1, count: rank)
        let zeros = [Int](repeating: 0, count: rank)
        let strides = strides.isEmpty ? ones : strides
        let dilations = dilations.isEmpty ? ones : dilations
        let kernel = weights.flatMap { Shape(Array($0.dimensions.dropFirst(2))).extents }
        if let extents = Shape(Array(input.dimensions.dropFirst(2))).extents,
            kernel != nil || !self.kernel.isEmpty
        {
            let geometry = try geometry(input: extents, kernel: kernel)
            return (strides, dilations, geometry.padsBegin, geometry.padsEnd, geometry)
        }
        let unknown = HingeError(
            .unsupported, "the extents of the images must be known to differentiate this padding")
        guard !outputDepends else { throw unknown }
        switch padding {
        case .explicit(let pads) where pads.isEmpty: return (strides, dilations, zeros, zeros, nil)
        case .explicit(let pads):
            return (
                strides, dilations, Array(pads.prefix(rank)), Array(pads.dropFirst(rank)), nil
            )
        case .valid: return (strides, dilations, zeros, zeros, nil)
        case .sameUpper, .sameLower: throw unknown
        }
    }
}
