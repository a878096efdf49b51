import HingeGraph

/// Convolution (cross-correlation, as the field has it) of `x` with the weights `w`, and a bias.
///
/// `x`: `[N, C, spatial…]`; `w`: `[M, C / group, kernel…]`; bias, optional: `[M]`; the result:
/// `[N, M, spatial…]`. N is the batch, C the channels, M the feature maps. Any number of spatial dimensions.
///
/// Source: ONNX Conv 1, 11, 22.
public struct Conv: SpatialOperator {
    /// The window; its extents may be left to the weights.
    public var window: SpatialWindow
    /// The number of groups that channels and feature maps are divided into; each sees only its own.
    public var group: Int

    /// Creates the operator around a window.
    public init(window: SpatialWindow, group: Int = 1) {
        self.window = window
        self.group = group
    }

    /// Creates the operator; the weights state the window's extents.
    public init(
        strides: [Int] = [], padding: Padding = .none, dilations: [Int] = [], group: Int = 1
    ) {
        window = SpatialWindow(strides: strides, dilations: dilations, padding: padding)
        self.group = group
    }
}

public extension Conv {
    static let type = "Conv"

    init(_ node: NodeReader) throws {
        window = try SpatialWindow(node)
        group = try node.int("group", default: 1)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, attributes)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let shape = try Self.outputShape(
            context.shape(0), context.shape(1), window: window, group: group)
        if let bias = context.shape(2), let maps = shape?[1].extent {
            try context.require(
                bias.rank == 1 && bias[0].extent ?? maps == maps,
                "expected a bias of shape [\(maps)], found \(bias)")
        }
        return [.tensor(context.dataType(0), shape)]
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        context.convolutionProducts(weights: 1, outputs)
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
        let convolution = try Convolution(x.shape, w.shape, window: window, group: group)
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

extension Conv {
    /// The attributes, which the integer forms of the operator share.
    var attributes: [Attribute] {
        window.attributes + (group == 1 ? [] : [.int("group", group)])
    }

    /// The shape of the result, as far as it can be told.
    ///
    /// - Throws: ``HingeError`` when input and weights surely don't fit.
    static func outputShape(
        _ input: Shape?, _ weights: Shape?, window: SpatialWindow, group: Int
    ) throws -> Shape? {
        try checkGroup(group)
        guard let input else {
            guard let weights, weights.rank >= 3 else { return nil }
            let unknown = [Shape.Dimension](repeating: .unknown, count: weights.rank - 2)
            return Shape([.unknown, weights[0]] + unknown)
        }
        guard input.rank >= 3, weights.map({ $0.rank == input.rank }) ?? true else {
            throw HingeError(
                .mismatch,
                "expected input and weights of one rank, 3 or more, found \(input)"
                    + (weights.map { " and \($0)" } ?? ""))
        }
        if let weights {
            if let channels = input[1].extent, let own = weights[1].extent {
                let (needed, overflow) = own.multipliedReportingOverflow(by: group)
                guard !overflow, needed == channels else {
                    throw HingeError(
                        .mismatch,
                        "weights \(weights) in \(group) group\(group == 1 ? "" : "s") do not fit "
                            + "\(channels) channels")
                }
            }
            if let maps = weights[0].extent, maps % group != 0 {
                throw HingeError(
                    .mismatch, "\(maps) feature maps cannot be divided into \(group) groups")
            }
        }
        let spatial = try window.output(input.spatial, weights: weights?.spatial)
        return Shape([input[0], weights?[0] ?? .unknown] + spatial)
    }

    static func checkGroup(_ group: Int) throws {
        guard group >= 1 else {
            throw HingeError(
                .badData, "expected 1 or more, found \(group)", at: [.attribute("group")])
        }
    }
}

extension EvaluationContext {
    /// A bias `[count]`, if there is one.
    ///
    /// - Throws: ``HingeError`` when it has another shape.
    func bias<T: RealElement>(_ index: Int, count: Int, _ type: T.Type) throws -> [T]? {
        guard let bias = try optionalInput(index) else { return nil }
        guard bias.shape == [count] else {
            throw HingeError(
                .mismatch, "expected a bias of shape [\(count)], found \(bias.shape)")
        }
        return try bias.realArray(T.self)
    }
}

extension UnsafeMutableBufferPointer where Element: Numeric {
    /// Fills `[batch, values.count, …]` with the value of each channel; with 0 when there are none.
    func fillChannels(_ values: [Element]?, batch: Int) {
        guard let base = baseAddress, let values, batch > 0, !values.isEmpty else {
            return update(repeating: 0)
        }
        let size = count / (batch * values.count)
        for index in 0..<batch * values.count {
            (base + index * size).update(repeating: values[index % values.count], count: size)
        }
    }
}

extension Conv: DifferentiableOperator {
    /// For `x`, the transposed convolution of `g`; for the weights, the convolution of `x` with `g`; for the bias, the sum of
    /// `g` over all but the channels.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let (x, w) = (try derivative.input(0), try derivative.input(1))
        let window = try resolvedWindow(
            input: derivative.composition.knownShape(x),
            weights: derivative.composition.knownShape(w))
        let plain = SpatialWindow(strides: window.strides, dilations: window.dilations)
        if derivative.wants(0) {
            let whole = try derivative.append(ConvTranspose(window: plain, group: group), g, w)
            derivative.give(
                try derivative.fitSpatial(whole, begin: window.begin, to: x), for: 0)
        }
        if derivative.wants(1) {
            let image = try derivative.padSpatial(x, begin: window.begin, end: window.end)
            derivative.give(
                try derivative.weightGradient(
                    image, g, like: w, strides: window.strides, dilations: window.dilations,
                    group: group), for: 1)
        }
        try derivative.giveBias(g, for: 2)
    }
}
