import HingeGraph
import HingeOperators

/// `Resize` of images by whole factors as `UpSampling1D`, `UpSampling2D` or `UpSampling3D`, to another size as `Resizing`,
/// where Keras means the same; else as a sum of neighbours, taken by their places and weighted, along one axis after another.
struct ResizeRule: OperatorRule {
    func write(_ operator: Resize, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        if let result = try layer(`operator`, x, output, node) { return [result] }
        guard `operator`.aspectPolicy == .stretch, `operator`.coordinates != .tensorFlowCrop else {
            throw node.unsupported("Keras doesn't resize in this way")
        }
        return [try node.interpolated(`operator`, x, try factors(`operator`, node, x.rank), output)]
    }

    /// The layer that means the same; `nil` when there is none.
    private func layer(
        _ operator: Resize, _ x: KerasTensor, _ output: OutputType, _ node: NodeWriting
    ) throws -> KerasTensor? {
        guard node.isChannelsLast, (3...5).contains(x.rank), x.type.isFloatingPoint,
            `operator`.aspectPolicy == .stretch
        else { return nil }
        let inner = 1..<x.rank - 1
        guard let factors = try wholeFactors(`operator`, node, x.shape, output.shape) else {
            return try resizing(`operator`, x, output, node)
        }
        if factors.allSatisfy({ $0 == 1 }) { return x }
        if `operator`.mode == .nearest {
            guard isRepetition(`operator`) else { return nil }
            return try node.layer(upSampling(factors, .nearest), x, giving: output)
        }
        let isCentred =
            `operator`.coordinates == .halfPixel
            || `operator`.coordinates == .pytorchHalfPixel
                && inner.allSatisfy { (output.shape[$0].extent ?? 0) > 1 }
        guard isCentred, x.rank == 4, `operator`.mode == .linear, !`operator`.isAntialiased else {
            return nil
        }
        return try node.layer(upSampling(factors, .bilinear), x, giving: output)
    }

    /// `Resizing` of images `[N, height, width, C]` to a size from which the factors follow.
    private func resizing(
        _ operator: Resize, _ x: KerasTensor, _ output: OutputType, _ node: NodeWriting
    ) throws -> KerasTensor? {
        guard node.target == .keras3, x.rank == 4, `operator`.coordinates == .halfPixel,
            let old = Shape(Array(x.shape.dimensions[1...2])).extents,
            let new = Shape(Array(output.shape.dimensions[1...2])).extents,
            x.shape[3] == output.shape[3], x.shape[0] == output.shape[0]
        else { return nil }
        // The scales may say more than the sizes that they were cut to.
        let given = try factors(`operator`, node, x.rank)
        if let given,
            !zip(given[1...2], zip(old, new)).allSatisfy({ $0 * Float($1.0) == Float($1.1) })
        {
            return nil
        }
        var layer = ResizingLayer(height: new[0], width: new[1])
        switch `operator`.mode {
        case .linear where !`operator`.isAntialiased: layer.interpolation = .bilinear
        case .nearest where `operator`.rounding == .preferCeil: layer.interpolation = .nearest
        default: return nil
        }
        return try node.layer(layer, x, giving: output)
    }

    /// Whether the nearest element of a whole factor is always the one that is repeated.
    private func isRepetition(_ operator: Resize) -> Bool {
        switch `operator`.coordinates {
        case .asymmetric: `operator`.rounding == .floor
        case .halfPixel, .pytorchHalfPixel, .halfPixelSymmetric:
            `operator`.rounding == .preferCeil || `operator`.rounding == .preferFloor
        default: false
        }
    }

    /// The factors of the tensor's own axes, if they are given and not the sizes.
    private func factors(_ operator: Resize, _ node: NodeWriting, _ rank: Int) throws -> [Float]? {
        guard node.has(2), case let scales = try node.requiredConstant(2, "the scales"),
            scales.count > 0
        else { return nil }
        // The operator's own axes are those of `[N, C, spatial…]`.
        let axes = try (`operator`.axes ?? Array(0..<rank)).map {
            try InferenceContext.axis($0, rank: rank)
        }
        let values = try scales.floats()
        guard values.count == axes.count else {
            throw node.unsupported("expected \(axes.count) scales, found \(values.count)")
        }
        let order =
            node.isChannelsLast ? ChannelsLast.permutationToLast(rank: rank) : Array(0..<rank)
        var factors = [Float](repeating: 1, count: rank)
        for (axis, value) in zip(axes, values) {
            factors[order.firstIndex(of: axis) ?? axis] = value
        }
        return factors
    }

    /// The factors of the spatial axes, if all are whole numbers, and batch and channels stay as they are.
    private func wholeFactors(
        _ operator: Resize, _ node: NodeWriting, _ input: Shape, _ output: Shape
    ) throws -> [Int]? {
        if let factors = try factors(`operator`, node, input.rank) {
            guard factors.first == 1, factors.last == 1 else { return nil }
            let whole = factors.dropFirst().dropLast().compactMap { Int(exactly: $0) }
            return whole.count == input.rank - 2 && whole.allSatisfy { $0 > 0 } ? whole : nil
        }
        guard input.dimensions.first == output.dimensions.first,
            input.dimensions.last == output.dimensions.last
        else { return nil }
        var factors: [Int] = []
        for axis in 1..<input.rank - 1 {
            guard let old = input[axis].extent, let new = output[axis].extent, old > 0,
                new % old == 0, new > 0
            else { return nil }
            factors.append(new / old)
        }
        return factors
    }

    private func upSampling(_ factors: [Int], _ interpolation: Interpolation) -> any KerasLayer {
        switch factors.count {
        case 1: UpSampling1DLayer(size: factors)
        case 2: UpSampling2DLayer(size: factors, interpolation: interpolation)
        default: UpSampling3DLayer(size: factors)
        }
    }
}
