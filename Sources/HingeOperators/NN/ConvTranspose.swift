import HingeGraph

/// The transpose of a convolution, which spreads each element of `x` over a window of the output.
///
/// `x`: `[N, C, spatial…]`; the weights: `[C, M / group, kernel…]`; bias, optional: `[M]`; the
/// result: `[N, M, spatial…]`. N is the batch, C the channels, M the feature maps.
///
/// Padding ``Padding/sameUpper`` makes the output's extent the input's times the stride; where the window is
/// shorter than the stride, it is shorter, as in other engines. Keras's `padding="same"` fills up with zeros there, as
/// `outputPadding` of stride − extent does.
///
/// Source: ONNX ConvTranspose 1, 11, 22. Versions 1 and 11 state the sides of an odd padding in contradictory ways;
/// the meaning here is that of 11, which other engines give to all. Keras `Conv1DTranspose` and its kin.
public struct ConvTranspose: SpatialOperator {
    /// The window; its extents may be left to the weights.
    public var window: SpatialWindow
    /// The number of groups that channels and feature maps are divided into; each sees only its own.
    public var group: Int
    /// Elements that the output has more at the end of each dimension; empty means none.
    public var outputPadding: [Int]
    /// The output's spatial extents, from which the padding follows; empty when padding states them.
    public var outputShape: [Int]

    /// Creates the operator around a window.
    public init(
        window: SpatialWindow, group: Int = 1, outputPadding: [Int] = [], outputShape: [Int] = []
    ) {
        self.window = window
        self.group = group
        self.outputPadding = outputPadding
        self.outputShape = outputShape
    }

    /// Creates the operator; the weights state the window's extents.
    public init(
        strides: [Int] = [], padding: Padding = .none, dilations: [Int] = [], group: Int = 1,
        outputPadding: [Int] = [], outputShape: [Int] = []
    ) {
        self.init(
            window: SpatialWindow(strides: strides, dilations: dilations, padding: padding),
            group: group, outputPadding: outputPadding, outputShape: outputShape)
    }
}

public extension ConvTranspose {
    static let type = "ConvTranspose"

    init(_ node: NodeReader) throws {
        window = try SpatialWindow(node)
        group = try node.int("group", default: 1)
        outputPadding = try node.ints("output_padding") ?? []
        outputShape = try node.ints("output_shape") ?? []
    }

    func spell(_ speller: inout Speller) {
        var attributes = window.attributes
        if group != 1 { attributes.append(.int("group", group)) }
        if outputPadding.contains(where: { $0 != 0 }) {
            attributes.append(.ints("output_padding", outputPadding))
        }
        if !outputShape.isEmpty { attributes.append(.ints("output_shape", outputShape)) }
        speller.emit(Self.type, attributes)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try Conv.checkGroup(group)
        let weights = context.shape(1)
        var maps = Shape.Dimension.unknown
        if let own = weights?.dimensions.dropFirst().first?.extent {
            let (product, overflow) = own.multipliedReportingOverflow(by: group)
            try context.require(!overflow, "\(own) · \(group) feature maps are too many")
            maps = .known(product)
        }
        guard let input = context.shape(0) else {
            guard let weights, weights.rank >= 3 else {
                return [.tensor(context.dataType(0), nil)]
            }
            let unknown = [Shape.Dimension](repeating: .unknown, count: weights.rank - 2)
            return [.tensor(context.dataType(0), Shape([.unknown, maps] + unknown))]
        }
        try context.require(
            input.rank >= 3 && weights?.rank ?? input.rank == input.rank,
            "expected input and weights of one rank, 3 or more, found \(input)"
                + (weights.map { " and \($0)" } ?? ""))
        if let channels = input[1].extent {
            let stated = weights?[0].extent ?? channels
            try context.require(
                stated == channels && channels % group == 0,
                "weights \(weights?.description ?? "") in \(group) group\(group == 1 ? "" : "s") "
                    + "do not fit \(channels) channels")
        }
        let kernel = weights.flatMap { Shape($0.spatial).extents }
        let spatial = try outputDimensions(input.spatial, kernel: kernel)
        return [.tensor(context.dataType(0), Shape([input[0], maps] + spatial))]
    }

    /// How the operator runs: `output` and the paddings, which cut elements off the output, as its
    /// attributes say.
    ///
    /// - Throws: ``HingeError`` when the numbers don't fit.
    func geometry(input: [Int], kernel: [Int]?) throws -> SpatialGeometry {
        let axes = try window.axes(rank: input.count, weights: kernel)
        let (extra, targets) = try targets(rank: input.count)
        var result = SpatialGeometry(
            input: input, kernel: [], strides: axes.map(\.stride),
            dilations: axes.map(\.dilation), padsBegin: [], padsEnd: [], output: [])
        for (index, axis) in axes.enumerated() {
            guard let kernel = axis.kernel else {
                throw HingeError(
                    .badData, "expected a value, found none", at: [.attribute("kernel_shape")])
            }
            let (begin, end, output) = try axis.resolveTransposed(
                input[index], kernel: kernel, extra: extra[index], target: targets?[index])
            result.kernel.append(kernel)
            result.padsBegin.append(begin)
            result.padsEnd.append(end)
            result.output.append(output)
        }
        return result
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        guard let x = context.countedExtents(0), let weights = context.countedExtents(1) else {
            return 0
        }
        return Extent.product(of: x + weights.dropFirst())
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        try context.inRealType {
            try evaluate(&$0, Float.self)
        } double: {
            try evaluate(&$0, Double.self)
        }
    }

    private func evaluate<T: RealMatrixElement>(
        _ context: inout EvaluationContext, _ type: T.Type
    ) throws {
        let (x, w) = (try context.input(0), try context.input(1))
        let convolution = try TransposedConvolution(self, x.shape, w.shape)
        let bias = try context.bias(2, count: convolution.result[1], T.self)
        let y = try context.output(0, x.dataType, convolution.result)
        let (input, weights) = (try x.reals(T.self), try w.reals(T.self))
        try y.withReals(T.self) { result in
            result.fillChannels(bias, batch: convolution.batch)
            try input.withUnsafeElements(of: T.self) { input in
                try weights.withUnsafeElements(of: T.self) { weights in
                    convolution.add(input, weights, to: result)
                }
            }
        }
    }
}

extension ConvTranspose {
    /// The output padding and the stated output extents by dimension.
    ///
    /// Some exporters state batch and channels too, in front.
    private func targets(rank: Int) throws -> (extra: [Int], targets: [Int]?) {
        let extra = try window.list(outputPadding, "output_padding", count: rank, default: 0)
        if outputShape.isEmpty { return (extra, nil) }
        let spatial = outputShape.count == rank + 2 ? Array(outputShape.suffix(rank)) : outputShape
        return (extra, try window.list(spatial, "output_shape", count: rank, default: 0))
    }

    /// The output's spatial dimensions, as far as they can be told.
    private func outputDimensions(_ input: [Shape.Dimension], kernel: [Int]?) throws -> [Shape
        .Dimension]
    {
        let axes = try window.axes(rank: input.count, weights: kernel)
        let (extra, targets) = try targets(rank: input.count)
        return try axes.indices.map { index in
            if let targets { return .known(targets[index]) }
            let axis = axes[index]
            guard let extent = input[index].extent else {
                return axis.resolveTransposed(input[index], extra: extra[index])
            }
            guard let kernel = axis.kernel ?? (axis.isSame ? 1 : nil) else { return .unknown }
            return .known(
                try axis.resolveTransposed(
                    extent, kernel: kernel, extra: extra[index], target: nil
                ).output)
        }
    }
}

extension SpatialAxis {
    fileprivate var isSame: Bool { pads == .sameUpper || pads == .sameLower }

    /// The output's dimension for an input's dimension that isn't a number.
    ///
    /// Of nothing, nothing is made; other inputs give a whole window at least. It is unknown where one formula doesn't say both.
    fileprivate func resolveTransposed(_ input: Shape.Dimension, extra: Int) -> Shape.Dimension {
        let scaled = Shape.Dimension.product([input, .known(stride)])
        guard let kernel else { return .unknown }
        let first = extra + reach(kernel) - stride
        guard case .explicit(let begin, let end) = pads else {
            return first >= 0 ? scaled : .unknown
        }
        // Nothing can't be cut.
        guard begin + end > 0 || first == 0 else { return .unknown }
        return .sum([scaled, .known(first - begin - end)])
    }

    /// - Parameters:
    ///   - extra: The output padding.
    ///   - target: The output's extent, where it is stated.
    fileprivate func resolveTransposed(
        _ input: Int, kernel: Int, extra: Int, target: Int?
    ) throws -> (begin: Int, end: Int, output: Int) {
        let (spread, overflow) = max(0, input - 1).multipliedReportingOverflow(by: stride)
        let (scaled, overflows) = input.multipliedReportingOverflow(by: stride)
        guard input >= 0, !overflow, !overflows, scaled <= SpatialAxis.extentLimit else {
            throw HingeError(.limit, "an input extent of \(input) is out of range")
        }
        let full = input == 0 ? 0 : spread + extra + reach(kernel)
        if target == nil, case .explicit(let begin, let end) = pads {
            guard full >= begin + end else {
                throw HingeError(
                    .mismatch, "padding of \(begin) and \(end) leaves nothing of \(full) elements",
                    at: [.attribute("pads")])
            }
            return (begin, end, full - begin - end)
        }
        let total = max(0, full - (target ?? scaled))
        let pads = SpatialAxis.split(total, toEnd: pads == .sameUpper)
        return (pads.begin, pads.end, target ?? full - total)
    }
}

extension ConvTranspose: DifferentiableOperator {
    /// For `x`, the convolution of `g`; for the weights, the convolution of `g` with `x`; for the bias, the sum of `g` over all
    /// but the channels.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let (x, w) = (try derivative.input(0), try derivative.input(1))
        let shape = try derivative.composition.knownShape(x)
        let isComputed = !outputShape.isEmpty || padding.isSame
        let window = try resolvedWindow(
            input: shape, weights: derivative.composition.knownShape(w), outputDepends: isComputed)
        let plain = SpatialWindow(strides: window.strides, dilations: window.dilations)
        // What the operator makes before padding cuts elements off.
        let whole = try derivative.append(
            ConvTranspose(window: plain, group: group), derivative.filled(0, like: x), w)
        let begin = window.begin.map { -$0 }
        let image = try derivative.fitSpatial(g, begin: begin, to: whole)
        if derivative.wants(0) {
            derivative.give(
                try derivative.append(Conv(window: plain, group: group), image, w), for: 0)
        }
        if derivative.wants(1) {
            derivative.give(
                try derivative.weightGradient(
                    image, x, like: w, strides: window.strides, dilations: window.dilations,
                    group: group), for: 1)
        }
        try derivative.giveBias(g, for: 2)
    }
}
