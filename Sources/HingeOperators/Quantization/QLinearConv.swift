import HingeGraph

/// The convolution of quantized numbers, quantized again.
///
/// Inputs: `x` `[N, C, spatial…]`, its scale and zero point, the weights `[M, C / group, kernel…]`, their scale and zero point, the
/// scale and zero point of the result, and, optional, a bias `[M]` (int32, of scale `x scale · weight scale`). Scale and
/// zero point of the weights are one for all or `[M]`, the others one for all. N is the batch, C the channels, M the feature maps.
///
/// Source: ONNX QLinearConv 10.
public struct QLinearConv: SpatialOperator {
    /// The window; its extents may be left to the weights.
    public var window: SpatialWindow
    /// The number of groups that channels and feature maps are divided into.
    public var group: Int

    /// Creates the operator.
    public init(window: SpatialWindow = SpatialWindow(), group: Int = 1) {
        self.window = window
        self.group = group
    }
}

public extension QLinearConv {
    static let type = "QLinearConv"

    init(_ node: NodeReader) throws {
        window = try SpatialWindow(node)
        group = try node.int("group", default: 1)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, Conv(window: window, group: group).attributes)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let shape = try Conv.outputShape(
            context.shape(0), context.shape(3), window: window, group: group)
        return [.tensor(context.dataType(7), shape)]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [1: .scale, 4: .scale, 6: .scale]
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        context.convolutionProducts(weights: 3, outputs)
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let (x, w) = (try context.input(0), try context.input(3))
        let convolution = try Convolution(x.shape, w.shape, window: window, group: group)
        let maps = convolution.result[1]
        let input = try x.centred(by: try context.input(2))
        let zeroPoint = try context.input(5)
        let weights = try w.centred(
            by: zeroPoint, aligned: Convolution.mapShape(zeroPoint.shape, rank: w.rank))
        let bias = try context.optionalInput(8)?.doubles()
        let scales = try scales(context, count: maps)
        if let bias, bias.count != maps {
            throw HingeError(
                .mismatch, "expected a bias of \(maps) elements, found \(bias.count)")
        }
        try MemoryLimit.check(.float64, convolution.result)
        var values = try [Double](bounded: 0, count: Tensor.count(of: convolution.result))
        try values.withUnsafeMutableBufferPointer { result in
            result.fillChannels(bias, batch: convolution.batch)
            try input.withUnsafeElements(of: Double.self) { input in
                try weights.withUnsafeElements(of: Double.self) { weights in
                    convolution.add(input, weights, to: result)
                }
            }
        }
        let size = try Tensor.count(of: Array(convolution.result.dropFirst(2)))
        for index in values.indices { values[index] *= scales[index / size % maps] }
        let target = try context.input(7)
        guard let zero = try target.doubles().first, target.count == 1 else {
            throw HingeError(.mismatch, "expected one zero point, found \(target.shape)")
        }
        context.set(
            0,
            try Tensor.quantized(values, as: target.dataType, shape: convolution.result) { _ in zero
            })
    }

    /// The factor of each feature map: `x scale · weight scale / y scale`.
    private func scales(_ context: EvaluationContext, count: Int) throws -> [Double] {
        let (x, w, y) = (
            try context.input(1).floats(), try context.input(4).floats(),
            try context.input(6).floats()
        )
        guard x.count == 1, y.count == 1, w.count == 1 || w.count == count else {
            throw HingeError(
                .mismatch,
                "expected one scale of x and y and 1 or \(count) of the weights, found \(x.count), "
                    + "\(y.count) and \(w.count)")
        }
        return (0..<count).map { Double(x[0] * w[w.count == 1 ? 0 : $0] / y[0]) }
    }
}

extension QLinearConv: UndifferentiatedOperator {
    /// Its output is of integers.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is of integers") }
}
