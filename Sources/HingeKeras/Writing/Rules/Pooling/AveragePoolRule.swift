import HingeGraph
import HingeOperators

/// `AveragePool` as `AveragePooling1D`, `AveragePooling2D` or `AveragePooling3D`.
///
/// Keras leaves out padding of its own and counts that which a layer before adds. Where neither gives the divisors
/// wanted, each mean is corrected by a factor.
struct AveragePoolRule: OperatorRule {
    func write(_ operator: AveragePool, _ node: NodeWriting) throws -> [KerasTensor] {
        try node.requireChannelsLast()
        let x = try node.tensor(0)
        let output = try node.output()
        let source = `operator`.window
        let window = try KerasWindow(
            source, kernel: source.kernel, input: x.shape, allowsSame: !`operator`.countsPadding)
        guard window.settings.dilation.allSatisfy({ $0 == 1 }) else {
            throw node.unsupported("Keras's pooling has no dilation")
        }
        let isRight = !window.hasBorders || `operator`.countsPadding && !source.roundsUp
        let pooled = try node.layer(
            AveragePoolRule.layer(window.settings), try node.bordered(x, window.borders),
            giving: output,
            as: isRight ? nil : "mean")
        if isRight { return [pooled] }
        let factors = try factors(`operator`, window, x.shape)
        guard try factors.doubles().contains(where: { $0 != 1 }) else { return [pooled] }
        return [
            try node.operation(
                .numpy("Multiply"), [], .tensor(pooled),
                .constant(try factors.cast(to: x.type)), giving: output)
        ]
    }

    /// The layer of a window.
    static func layer(_ settings: WindowSettings) -> any KerasLayer {
        switch settings.rank {
        case 1: AveragePooling1DLayer(window: settings)
        case 2: AveragePooling2DLayer(window: settings)
        default: AveragePooling3DLayer(window: settings)
        }
    }

    /// The number of elements of a window over the number of those that count, for each position: `[1, spatial…, 1]`.
    private func factors(
        _ operator: AveragePool, _ window: KerasWindow, _ shape: Shape
    ) throws -> Tensor {
        var factors = Tensor([1.0], shape: [Int](repeating: 1, count: shape.rank))
        for axis in 0..<window.settings.rank {
            guard let extent = shape[axis + 1].extent else {
                throw HingeError(
                    .unsupported, "Keras needs extents that are known for this kind of padding")
            }
            let (span, stride) = (window.settings.size[axis], window.settings.strides[axis])
            let border = window.borders[axis]
            let counted: Range<Int>
            if `operator`.countsPadding, case .explicit(let pads) = `operator`.window.padding,
                !pads.isEmpty
            {
                counted = 0..<extent + pads[axis] + pads[axis + window.settings.rank]
            } else if `operator`.countsPadding {
                counted = 0..<extent + border.begin + border.end
            } else {
                counted = border.begin..<border.begin + extent
            }
            let count = (extent + border.begin + border.end - span) / stride + 1
            try MemoryLimit.checkArray(of: Double.self, count: max(count, 0))
            let line = (0..<max(count, 0)).map { position in
                let window = position * stride..<position * stride + span
                return Double(span) / Double(max(window.clamped(to: counted).count, 1))
            }
            var lineShape = [Int](repeating: 1, count: shape.rank)
            lineShape[axis + 1] = line.count
            factors = try .fold(Mul(), factors, Tensor(line, shape: lineShape))
        }
        return factors
    }
}
