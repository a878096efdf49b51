import HingeGraph
import HingeOperators

/// `Resize` of images by whole factors as `UpSampling1D`, `UpSampling2D` or `UpSampling3D`, to another size as `Resizing`;
/// pixels keep their centres, except that the nearest one of a whole factor is a repetition either way.
struct ResizeRule: OperatorRule {
    func write(_ operator: Resize, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        guard node.isChannelsLast, (3...5).contains(x.rank) else {
            if x.shape == output.shape, x.shape.extents != nil { return [x] }
            throw node.requirement()
        }
        let rank = x.rank - 2
        let inner = 1..<x.rank - 1
        guard `operator`.aspectPolicy == .stretch, !`operator`.roundsUpWhenShrinking else {
            throw node.unsupported("Keras doesn't resize in this way")
        }
        let factors = try self.factors(`operator`, node, x.shape, output.shape)
        if let factors, factors.allSatisfy({ $0 == 1 }) { return [x] }
        if let factors, `operator`.mode == .nearest, isRepetition(`operator`) {
            return [try node.layer(upSampling(factors, .nearest), x, giving: output)]
        }
        let isCentred =
            `operator`.coordinates == .halfPixel
            || `operator`.coordinates == .pytorchHalfPixel
                && inner.allSatisfy { (output.shape[$0].extent ?? 0) > 1 }
        guard rank == 2, isCentred, !`operator`.isAntialiased || `operator`.mode == .linear else {
            throw node.unsupported(
                "Keras doesn't resize with the coordinates '\(`operator`.coordinates.rawValue)'")
        }
        if let factors, `operator`.mode == .linear, !`operator`.isAntialiased {
            return [try node.layer(upSampling(factors, .bilinear), x, giving: output)]
        }
        guard node.target == .keras3, let height = output.shape[1].extent,
            let width = output.shape[2].extent
        else {
            throw node.unsupported("Keras needs the new size to be known, and a .keras file")
        }
        var layer = ResizingLayer(height: height, width: width)
        switch `operator`.mode {
        case .linear: layer.interpolation = .bilinear
        case .nearest where `operator`.rounding == .preferCeil: layer.interpolation = .nearest
        case .nearest:
            throw node.unsupported(
                "Keras doesn't round as '\(`operator`.rounding.rawValue)' when it resizes")
        case .cubic:
            throw node.unsupported("Keras's backends differ in cubic interpolation")
        }
        layer.isAntialiased = `operator`.isAntialiased
        return [try node.layer(layer, x, giving: output)]
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

    /// The factors, if all are whole numbers.
    private func factors(
        _ operator: Resize, _ node: NodeWriting, _ input: Shape, _ output: Shape
    ) throws -> [Int]? {
        let rank = input.rank - 2
        let position = `operator`.hasScalesFirst ? 1 : 2
        if let scales = node.constant(position), scales.count > 0 {
            let values = try scales.doubles()
            // The operator's own axes are those of `[N, C, spatial…]`.
            let axes = `operator`.axes ?? Array(values.indices)
            var factors = [Double](repeating: 1, count: input.rank)
            for (axis, value) in zip(axes, values) {
                factors[axis < 0 ? axis + input.rank : axis] = value
            }
            guard factors[0] == 1, factors[1] == 1 else {
                throw node.unsupported("Keras resizes neither batch nor channels")
            }
            let whole = factors.dropFirst(2).compactMap { Int(exactly: $0) }
            return whole.count == rank && whole.allSatisfy { $0 > 0 } ? whole : nil
        }
        var factors: [Int] = []
        for axis in 1...rank {
            guard let old = input[axis].extent, let new = output[axis].extent, old > 0,
                new % old == 0
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
