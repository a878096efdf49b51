import HingeGraph

/// Convolution whose window is deformed: each of its elements is taken from another place, between those of `x`, and weighed.
///
/// Inputs: `x` `[N, C, spatial…]`; the weights `[M, C / group, kernel…]`; the offsets, `[N, G · K · R, positions…]`; and, optional,
/// a bias `[M]` and a mask `[N, G · K, positions…]`. The result: `[N, M, positions…]`. N is the batch, C the channels, M the feature
/// maps, G the number of offset groups, K that of a window's elements, R that of spatial dimensions. Offsets are those of the
/// first dimension, then of the second, and so on, for each element of the window. Outside of `x` is 0.
///
/// Source: ONNX DeformConv 19, 22; `torchvision.ops.deform_conv2d`; Dai and others, "Deformable convolutional networks",
/// 2017; Zhu and others, "Deformable ConvNets v2", 2018.
public struct DeformConv: SpatialOperator, PreparedOperator {
    /// The window; its extents may be left to the weights.
    public var window: SpatialWindow
    /// The number of groups that channels and feature maps are divided into; each sees only its own.
    public var group: Int
    /// The number of groups that channels are divided into; each has offsets and a mask of its own.
    public var offsetGroup: Int

    /// Creates the operator around a window.
    public init(window: SpatialWindow = SpatialWindow(), group: Int = 1, offsetGroup: Int = 1) {
        self.window = window
        self.group = group
        self.offsetGroup = offsetGroup
    }
}

public extension DeformConv {
    static let type = "DeformConv"

    init(_ node: NodeReader) throws {
        window = try SpatialWindow(node)
        group = try node.int("group", default: 1)
        offsetGroup = try node.int("offset_group", default: 1)
        guard offsetGroup >= 1 else {
            throw node.error("offset_group", "expected 1 or more, found \(offsetGroup)")
        }
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            window.attributes + (group == 1 ? [] : [.int("group", group)])
                + (offsetGroup == 1 ? [] : [.int("offset_group", offsetGroup)]))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var shape = try Conv.outputShape(
            context.shape(0), context.shape(1), window: window, group: group)
        if let channels = context.shape(0).flatMap({ $0.rank > 1 ? $0[1].extent : nil }) {
            try context.require(
                channels % offsetGroup == 0,
                "\(channels) channels cannot be divided into \(offsetGroup) offset groups")
        }
        guard let known = shape else { return [.tensor(context.dataType(0), nil)] }
        let kernel = context.shape(1).flatMap { Shape($0.spatial).extents }
        let count = kernel.map { Extent.product(of: [offsetGroup] + $0) }
        for (index, factor) in [(2, known.rank - 2), (4, 1)] {
            guard let operand = context.shape(index) else { continue }
            let wanted = count.map { (Extent($0) * Extent(factor)).value }
            let fits =
                operand.rank == known.rank
                && (operand[1].extent ?? wanted) == (wanted ?? operand[1].extent)
                && zip(operand.spatial, known.spatial).allSatisfy {
                    ($0.extent ?? $1.extent) == ($1.extent ?? $0.extent)
                }
            try context.require(
                fits, "input \(index) of shape \(operand) does not fit the output \(known)")
            for axis in 2..<known.rank where known[axis].extent == nil {
                shape?[axis] = operand[axis]
            }
        }
        return [.tensor(context.dataType(0), shape)]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [2: .within(-1.5, 1.5), 4: .within(0, 1)]
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        context.convolutionProducts(weights: 1, outputs)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.inRealType(
            float: { try kernel(context, Float.self) }, double: { try kernel(context, Double.self) }
        )
    }

    private func kernel<T: RealMatrixElement>(
        _ context: PreparationContext, _ type: T.Type
    ) throws -> Kernel {
        let x = try context.input(0)
        let convolution = try DeformedConvolution(
            self, x.shape, weights: context.input(1).shape, offsets: context.input(2).shape,
            mask: context.optionalInput(4)?.shape)
        let dataType = x.dataType
        return { context in
            let bias = try context.bias(3, count: convolution.result[1], T.self)
            let y = try context.output(0, dataType, convolution.result)
            let (x, weights) = (
                try context.input(0).reals(T.self), try context.input(1).reals(T.self)
            )
            let offsets = try context.input(2).reals(T.self)
            let mask = try context.optionalInput(4)?.reals(T.self)
            try y.withReals(T.self) { result in
                result.fillChannels(bias, batch: convolution.batch)
                try x.withUnsafeElements(of: T.self) { x in
                    try weights.withUnsafeElements(of: T.self) { weights in
                        try offsets.withUnsafeElements(of: T.self) { offsets in
                            guard let mask else {
                                return convolution.add(x, weights, offsets, nil, to: result)
                            }
                            try mask.withUnsafeElements(of: T.self) { mask in
                                convolution.add(x, weights, offsets, mask, to: result)
                            }
                        }
                    }
                }
            }
        }
    }
}
