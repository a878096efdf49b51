import HingeGraph

/// Changes the extents of a tensor by interpolation: by `scales`, input 2, or to `sizes`, input 3.
///
/// Input 1 is the region of interest, which only `tf_crop_and_resize` uses: the starts of all dimensions, then the
/// ends, as fractions.
///
/// Source: ONNX Resize 10, 11, 13, 18, 19, and Upsample 1, 7, 9, its older name. Before 11, coordinates were
/// asymmetric and rounded down, or up where the tensor shrinks. Antialiasing, axes and the aspect policy came with 18, `half_pixel_symmetric` with
/// 19; `tf_half_pixel_for_nn` left with 18.
public struct Resize: PreparedOperator {
    /// How elements are made of their neighbours.
    public var mode: Mode
    /// Which place in the input an element of the output is at.
    public var coordinates: Coordinates
    /// Which neighbour is the nearest.
    public var rounding: Rounding
    /// The coefficient of cubic interpolation.
    public var cubicCoefficient: Float
    /// Whether places outside the input have no weight; otherwise they have the value at the edge.
    public var excludesOutside: Bool
    /// The value outside the input for `tf_crop_and_resize`.
    public var extrapolationValue: Float
    /// Whether neighbours are weighted over a wider range when the tensor shrinks.
    public var isAntialiased: Bool
    /// The dimensions that scales, sizes and region refer to; all if `nil`.
    public var axes: [Int]?
    /// How the sizes are understood.
    public var aspectPolicy: AspectPolicy
    /// The scales, where they are a constant of the operator; otherwise they are input 2.
    public var scales: [Float]?
    /// The sizes, where they are a constant of the operator; otherwise they are input 3.
    public var sizes: [Int]?
    /// Whether the scales are input 1, as before version 11.
    public var hasScalesFirst: Bool
    /// Whether the upper neighbour is the nearest in a dimension that shrinks, whatever ``rounding`` says, as in
    /// version 10.
    public var roundsUpWhenShrinking: Bool

    /// How elements are made of their neighbours.
    public enum Mode: String, Sendable, CaseIterable {
        /// The nearest one.
        case nearest
        /// The two around, in each dimension, weighted by their distance.
        case linear
        /// The four around, in each dimension.
        case cubic
    }

    /// Which place `x` in the input an element at `i` of the output is at; `s` is the scale.
    public enum Coordinates: String, Sendable, CaseIterable {
        /// `x = (i + ½) / s − ½`.
        case halfPixel = "half_pixel"
        /// The same, kept symmetric where the output isn't as large as the scale says.
        case halfPixelSymmetric = "half_pixel_symmetric"
        /// The same, but `x = 0` when there is only one element.
        case pytorchHalfPixel = "pytorch_half_pixel"
        /// First and last elements stay first and last.
        case alignCorners = "align_corners"
        /// `x = i / s`.
        case asymmetric
        /// `x = (i + ½) / s`.
        case tensorFlowHalfPixel = "tf_half_pixel_for_nn"
        /// First and last elements are at the ends of the region of interest.
        case tensorFlowCrop = "tf_crop_and_resize"
    }

    /// Which neighbour is the nearest.
    public enum Rounding: String, Sendable, CaseIterable {
        /// The lower one of two that are equally near.
        case preferFloor = "round_prefer_floor"
        /// The upper one of two that are equally near.
        case preferCeil = "round_prefer_ceil"
        /// The lower one.
        case floor
        /// The upper one.
        case ceil
    }

    /// How sizes are understood.
    public enum AspectPolicy: String, Sendable, CaseIterable {
        /// As they are.
        case stretch
        /// As upper bounds; the ratio of the extents stays.
        case notLarger = "not_larger"
        /// As lower bounds; the ratio of the extents stays.
        case notSmaller = "not_smaller"
    }

    /// Creates the operator; without scales and sizes, those are inputs.
    public init(
        _ mode: Mode = .nearest, _ coordinates: Coordinates = .halfPixel,
        rounding: Rounding = .preferFloor, scales: [Float]? = nil, sizes: [Int]? = nil
    ) {
        self.mode = mode
        self.coordinates = coordinates
        self.rounding = rounding
        self.scales = scales
        self.sizes = sizes
        cubicCoefficient = -0.75
        excludesOutside = false
        extrapolationValue = 0
        isAntialiased = false
        aspectPolicy = .stretch
        hasScalesFirst = false
        roundsUpWhenShrinking = false
    }
}

public extension Resize {
    static let type = "Resize"

    init(_ node: NodeReader) throws {
        self.init()
        // Upsample calls linear interpolation bilinear in version 1.
        let isOldest = node.opset < 7
        let isBilinear = try isOldest && node.string("mode") == "bilinear"
        mode = isBilinear ? .linear : try node.word("mode", default: .nearest)
        guard node.opset >= 11 else {
            coordinates = .asymmetric
            rounding = .floor
            hasScalesFirst = node.opset >= 9
            roundsUpWhenShrinking = node.opset == 10
            if isOldest {
                scales = [
                    1, 1, try node.required("height_scale", node.float("height_scale")),
                    try node.required("width_scale", node.float("width_scale")),
                ]
            } else if node.opset < 9 {
                scales = try node.required("scales", node.floats("scales"))
            }
            return
        }
        coordinates = try node.word("coordinate_transformation_mode", default: .halfPixel)
        rounding = try node.word("nearest_mode", default: .preferFloor)
        cubicCoefficient = try node.float("cubic_coeff_a", default: -0.75)
        excludesOutside = try node.flag("exclude_outside", default: false)
        extrapolationValue = try node.float("extrapolation_value", default: 0)
        isAntialiased = try node.flag("antialias", default: false)
        axes = try node.ints("axes")
        aspectPolicy = try node.word("keep_aspect_ratio_policy", default: .stretch)
    }

    var operandValues: [Int: Tensor] {
        var values: [Int: Tensor] = [:]
        values[scalesIndex] = scales.map { Tensor($0) }
        values[3] = sizes.map { Tensor($0.map { Int64($0) }) }
        return values
    }

    /// The position of the scales among the inputs.
    internal var scalesIndex: Int { hasScalesFirst ? 1 : 2 }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let shape = context.shape(0) else { return [.tensor(type, nil)] }
        let axes = try resizedAxes(rank: shape.rank)
        let unknown = Inferred.tensor(
            type,
            Shape(
                shape.dimensions.indices.map { axes.contains($0) ? .unknown : shape[$0] }))
        let hasSizes = !hasScalesFirst && context.has(3) && context.length(3) != 0
        let hasBoth = hasSizes && context.length(scalesIndex) ?? 0 > 0 && context.length(3) != nil
        try context.require(!hasBoth, "expected either scales or sizes, found both")
        if hasSizes, aspectPolicy == .stretch {
            guard let sizes = context.elements(3) else { return [unknown] }
            try context.require(
                sizes.count == axes.count, "expected \(axes.count) sizes, found \(sizes.count)")
            var result = shape
            for (index, axis) in axes.enumerated() { result[axis] = sizes[index] }
            return [.tensor(type, result)]
        }
        let scales = hasSizes ? nil : context.constant(scalesIndex)
        let sizes = hasSizes ? context.constant(3) : nil
        let needsRegion = coordinates == .tensorFlowCrop && context.constant(1) == nil
        guard scales != nil || sizes != nil, !needsRegion else { return [unknown] }
        guard let extents = shape.extents else {
            // Dimensions that are not scaled stay what they are.
            guard let factors = try scales?.floats(), factors.count == axes.count else {
                return [unknown]
            }
            var result = shape
            for (axis, factor) in zip(axes, factors) where factor != 1 {
                result[axis] =
                    shape[axis].extent.flatMap { Int(exactly: (Float($0) * factor).rounded(.down)) }
                    .map { .known($0) } ?? .unknown
            }
            return [.tensor(type, result)]
        }
        let plan = try plan(
            extents, region: hasScalesFirst ? nil : context.constant(1), scales: scales,
            sizes: sizes)
        return [.tensor(type, Shape(plan.map(\.resultExtent)))]
    }

    /// Which neighbour is the nearest in a dimension.
    internal func rounding(of axis: ResizedAxis) -> Rounding {
        roundsUpWhenShrinking && axis.scale < 1 ? .ceil : rounding
    }

    internal func resizedAxes(rank: Int) throws -> [Int] {
        try axes.map { try InferenceContext.axes($0, rank: rank) } ?? Array(0..<rank)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        guard let shape = context.shape(0) else { return needs }
        // As images are scaled: neither the batch nor the channels.
        let isScaled = { (index: Int) in shape.rank < 3 || index > 1 }
        let scaled = axes ?? Array(0..<shape.rank)
        needs[scalesIndex] = .exactly(scaled.map { isScaled($0) ? 2 : 1 })
        if !hasScalesFirst {
            needs[1] = .exactly(scaled.map { _ in 0 } + scaled.map { _ in 1 })
            needs[3] = .exactly(
                scaled.map { (context.extent(0, $0) ?? 1) * (isScaled($0) ? 2 : 1) })
        }
        return needs
    }

    var isSpatial: Bool { true }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        return try context.kernel(knowing: 1..<4) { try kernel(x, $0) }
    }

    /// The kernel for an input of a type, given what region, scales and sizes hold.
    private func kernel(_ x: KnownTensor, _ context: EvaluationContext) throws -> Kernel {
        let axes = try plan(
            x.shape, region: hasScalesFirst ? nil : context.optionalInput(1),
            scales: context.optionalInput(scalesIndex),
            sizes: hasScalesFirst ? nil : context.optionalInput(3))
        let (dataType, shape) = (x.dataType, axes.map(\.resultExtent))
        try MemoryLimit.check(dataType, shape)
        guard !shape.contains(0) else {
            return { context in _ = try context.output(0, dataType, shape) }
        }
        guard !x.shape.contains(0) else {
            throw HingeError(.mismatch, "cannot resize \(x.shape), which is empty, to \(shape)")
        }
        if mode == .nearest, coordinates != .tensorFlowCrop {
            let tables = axes.map { axis in
                axis.isIdentity
                    ? Array(0..<axis.extent)
                    : (0..<axis.resultExtent).map { index in
                        let place = axis.place(of: index, coordinates)
                            .rounded(by: rounding(of: axis))
                        return place.integer(in: 0...axis.extent - 1)
                    }
            }
            return TableCopy(tables, shape: x.shape).kernel(shape)
        }
        let kernel = InterpolationKernel(self)
        let weights = try axes.map { $0.isIdentity ? nil : try kernel.weights(of: $0) }
        return try Interpolation.kernel(x, weights, outside: Double(extrapolationValue))
    }
}

extension Double {
    /// The whole number that this is, brought into a range; NaN becomes the range's start.
    func integer(in range: ClosedRange<Int>) -> Int {
        guard self > Double(range.lowerBound) else { return range.lowerBound }
        return self < Double(range.upperBound) ? Int(self) : range.upperBound
    }

    /// The number rounded to the neighbour that is the nearest.
    func rounded(by rounding: Resize.Rounding) -> Double {
        switch rounding {
        case .preferFloor: (self - 0.5).rounded(.up)
        case .preferCeil: (self + 0.5).rounded(.down)
        case .floor: rounded(.down)
        case .ceil: rounded(.up)
        }
    }
}

extension Resize: DifferentiableOperator {
    /// `g`, distributed by the weights with which elements were mixed, along each dimension.
    public func differentiate(_ derivative: inout Derivative) throws {
        let matrices = try self.matrices(derivative)
        var g = try derivative.outputGradient()
        let rank = try derivative.composition.knownShape(derivative.input(0)).rank
        let type = try derivative.composition.dataType(g)
        for (axis, matrix) in matrices {
            var order = Array(0..<rank)
            order.swapAt(axis, rank - 1)
            let last = try derivative.append(Transpose(order), g)
            let product = try derivative.append(
                MatMul(), last, derivative.constant(matrix.converted(to: type)))
            g = try derivative.append(Transpose(order), product)
        }
        derivative.give(g, for: 0)
    }

    /// For each dimension that changes, the weights of the input's elements in those of the output, `[result, extent]`.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` when they depend on what isn't known.
    private func matrices(_ derivative: Derivative) throws -> [(axis: Int, matrix: Tensor)] {
        let steps = derivative.composition
        let shape = try steps.knownShape(derivative.input(0))
        func constant(_ index: Int) throws -> Tensor? {
            guard let operand = derivative.optionalInput(index) else { return nil }
            guard let tensor = steps.fact(operand).constant else {
                throw derivative.unsupported("Resize by numbers that are computed")
            }
            return tensor.count == 0 ? nil : tensor
        }
        let region = hasScalesFirst ? nil : try constant(1)
        let scales = try constant(hasScalesFirst ? 1 : 2)
        let sizes = try constant(3)
        guard aspectPolicy == .stretch else {
            throw derivative.unsupported("Resize that keeps the ratio of the extents")
        }
        let plan = try plan(
            shape.dimensions.map { $0.extent ?? 1 }, region: region, scales: scales, sizes: sizes)
        var matrices: [(Int, Tensor)] = []
        for (axis, resized) in plan.enumerated() {
            guard shape[axis].extent != nil || resized.scale == 1 else {
                throw derivative.unsupported("Resize of extents that aren't known")
            }
            guard !resized.isIdentity else { continue }
            var row = self
            row.axes = [0]
            (row.scales, row.sizes) = (nil, nil)
            row.hasScalesFirst = false
            row.extrapolationValue = 0
            let region = Tensor([Float(resized.region.start), Float(resized.region.end)])
            let isScaled = scales != nil
            let unit = try Tensor.identity(resized.extent)
            var context = EvaluationContext(inputs: [
                .tensor(unit), .tensor(region),
                isScaled ? .tensor(Tensor([Float(resized.scale)])) : nil,
                isScaled ? nil : .tensor(Tensor([Int64(resized.resultExtent)])),
            ])
            try row.evaluate(&context)
            guard let weights = context.outputs[0]?.tensor else { continue }
            matrices.append((axis, weights))
        }
        return matrices
    }
}
