import HingeGraph

/// The convolution of 8-bit integers, less their zero points, as int32.
///
/// Inputs: `x` `[N, C, spatial…]`, the weights `[M, C / group, kernel…]`, and, optional, their zero points: one for all, or,
/// of the weights, `[M]`. Padding is the zero point. N is the batch, C the channels, M the feature maps.
///
/// Source: ONNX ConvInteger 10.
public struct ConvInteger: SpatialOperator {
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

public extension ConvInteger {
    static let type = "ConvInteger"

    init(_ node: NodeReader) throws {
        window = try SpatialWindow(node)
        group = try node.int("group", default: 1)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, Conv(window: window, group: group).attributes)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let shape = try Conv.outputShape(
            context.shape(0), context.shape(1), window: window, group: group)
        return [.tensor(.int32, shape)]
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        context.convolutionProducts(weights: 1, outputs)
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let (x, w) = (try context.input(0), try context.input(1))
        let convolution = try Convolution(x.shape, w.shape, window: window, group: group)
        let input = try x.centred(by: try context.optionalInput(2))
        let zeroPoint = try context.optionalInput(3)
        let weights = try w.centred(
            by: zeroPoint, aligned: zeroPoint.map { Convolution.mapShape($0.shape, rank: w.rank) })
        try context.output(0, .int32, convolution.result).writeExact { result in
            result.update(repeating: 0)
            try input.withUnsafeElements(of: Double.self) { input in
                try weights.withUnsafeElements(of: Double.self) { weights in
                    convolution.add(input, weights, to: result)
                }
            }
        }
    }
}

extension Convolution {
    /// The shape in which a number for each feature map, `[M]`, broadcasts to weights.
    static func mapShape(_ shape: [Int], rank: Int) -> [Int] {
        shape.count == 1 ? shape + [Int](repeating: 1, count: rank - 1) : shape
    }
}

extension ConvInteger: UndifferentiatedOperator {
    /// Its output is of integers.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is of integers") }
}
