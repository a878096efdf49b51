import HingeGraph
import HingeOperators
import Testing

@testable import HingeKeras

/// An operator with the inputs of a small model, to be written at each of its versions.
struct OpsetCase: CustomTestStringConvertible, Sendable {
    var source: any Operator
    var shape: Shape
    var element: DataType
    var constants: [Tensor]
    /// How many of the first inputs are the model's input itself.
    var computed: Int
    var outputs: Int
    var tolerance: Double

    init(
        _ source: any Operator, _ shape: Shape = ["N", 6], _ constants: [Tensor] = [],
        of element: DataType = .float32, computed: Int = 1, outputs: Int = 1,
        within tolerance: Double = 1e-5
    ) {
        self.source = source
        self.shape = shape
        self.constants = constants
        self.element = element
        self.computed = computed
        self.outputs = outputs
        self.tolerance = tolerance
    }

    var type: String { source.id.type }
    var testDescription: String { "\(source) \(constants.map(\.shape))" }

    func model() throws -> Model {
        var graph = GraphBuilder()
        let x = graph.input("x", element, shape)
        let inputs =
            [GraphBuilder.Operand](repeating: x, count: computed)
            + constants.map { graph.constant($0) }
        let results = try graph.append(source, inputs, outputCount: outputs)
        for (index, result) in results.enumerated() { graph.output(result, "y\(index)") }
        return graph.model()
    }

    static let all =
        activations + arithmetic + comparisons + functions + reductions + shapes + windows
        + recurrent
}

extension OpsetCase {
    private static let image: Shape = ["N", 4, 6, 6]

    private static func integers(_ values: Int64...) -> Tensor { Tensor(values) }
    private static func number(_ value: Float) -> Tensor { Tensor(scalar: value) }
    /// From 0.5 to 2.75.
    private static func positive(_ count: Int) -> Tensor {
        Tensor((0..<count).map { Float($0 % 10) / 4 + 0.5 })
    }

    private static let activations: [OpsetCase] = [
        OpsetCase(Celu(alpha: 1.5)), OpsetCase(Elu(alpha: 0.5)), OpsetCase(Gelu()),
        OpsetCase(Gelu(approximation: .tanh)), OpsetCase(Hardmax(axis: -1)),
        OpsetCase(Hardmax(axis: 1), image), OpsetCase(HardSigmoid(alpha: 0.3, beta: 0.4)),
        OpsetCase(HardSwish()), OpsetCase(LeakyRelu(alpha: 0.2)), OpsetCase(Mish()),
        OpsetCase(LogSoftmax(axis: 1), image), OpsetCase(LogSoftmax(axis: -1)),
        OpsetCase(PRelu(), image, [Tensor([0.5, -1, 2, 0.25] as [Float], shape: [4, 1, 1])]),
        OpsetCase(PRelu(), ["N", 3], [numbers([3])]), OpsetCase(Relu()), OpsetCase(Selu()),
        OpsetCase(Selu(alpha: 1.5, gamma: 0.75)), OpsetCase(Shrink(bias: 0.25, lambda: 0.5)),
        OpsetCase(Shrink(bias: 0.5, lambda: 0.5)), OpsetCase(Sigmoid()),
        OpsetCase(Softmax(axis: -1)), OpsetCase(Softmax(axis: 1), image), OpsetCase(Softplus()),
        OpsetCase(Softsign()), OpsetCase(Swish()), OpsetCase(Swish(alpha: 0.5)), OpsetCase(Tanh()),
        OpsetCase(ThresholdedRelu(alpha: 0.5)), OpsetCase(ThresholdedRelu(alpha: -0.5)),
    ]

    private static let arithmetic: [OpsetCase] = [
        OpsetCase(Add(), ["N", 3], [numbers([3])]), OpsetCase(Add(), image, [numbers([4, 1, 1])]),
        OpsetCase(Sub(), ["N", 3], [numbers([3])]), OpsetCase(Mul(), computed: 2),
        OpsetCase(Div(), ["N", 3], [positive(3)]),
        OpsetCase(Div(), ["N", 3], [Tensor([2, -3, 5] as [Int64])], of: .int64),
        OpsetCase(Mod(), ["N", 3], [Tensor([2, -3, 5] as [Int64])], of: .int64),
        OpsetCase(
            Mod(isTruncated: true), ["N", 3], [Tensor([2, -3, 5] as [Int64])], of: .int64),
        OpsetCase(Mod(isTruncated: true), ["N", 3], [Tensor([0.5, -0.75, 0.3] as [Float])]),
        OpsetCase(Pow(), ["N", 3], [Tensor([1, 2, 3] as [Float])]),
        OpsetCase(Max(), ["N", 3], [numbers([3])]), OpsetCase(Max(), computed: 2),
        OpsetCase(Min(), ["N", 3], [numbers([3])]), OpsetCase(Sum(), ["N", 3], [numbers([3])]),
        OpsetCase(Mean(), ["N", 3], [numbers([3]), numbers([1, 3])]),
        OpsetCase(Mean(), computed: 3), OpsetCase(Clip(), ["N", 6], [number(-0.25), number(0.5)]),
        OpsetCase(Clip(), ["N", 6], [number(0), number(0.5)]),
        OpsetCase(Cast(to: .int32)), OpsetCase(CumSum(), ["N", 3, 4], [integers(1)]),
        OpsetCase(CumSum(isExclusive: true, isReversed: true), ["N", 3, 4], [integers(-1)]),
        OpsetCase(
            Where(), ["N", 3], [numbers([3]), Tensor(scalar: Float(1))], of: .bool),
        OpsetCase(Einsum(equation: "n i, i j -> n j"), ["N", 3], [numbers([3, 4])]),
        OpsetCase(Gemm(), ["N", 3], [numbers([3, 4]), numbers([4])]),
        OpsetCase(
            Gemm(alpha: 0.5, beta: 2, transposesB: true), ["N", 3],
            [numbers([4, 3]), numbers([4])]),
        OpsetCase(MatMul(), ["N", 2, 3], [numbers([3, 4])]),
    ]

    private static let comparisons: [OpsetCase] = [
        OpsetCase(And(), ["N", 3], [Tensor([true, false, true], shape: [3])], of: .bool),
        OpsetCase(Or(), ["N", 3], [Tensor([true, false, true], shape: [3])], of: .bool),
        OpsetCase(Xor(), ["N", 3], [Tensor([true, false, true], shape: [3])], of: .bool),
        OpsetCase(Not(), ["N", 3], of: .bool), OpsetCase(IsNaN()), OpsetCase(IsInf()),
        OpsetCase(Equal(), ["N", 3], [Tensor([0, 1, -1] as [Int64])], of: .int64),
        OpsetCase(Greater(), ["N", 3], [numbers([3])]),
        OpsetCase(Less(), ["N", 3], [numbers([3])]),
        OpsetCase(GreaterOrEqual(), ["N", 3], [numbers([3])]),
        OpsetCase(LessOrEqual(), ["N", 3], [numbers([3])]),
    ]

    private static let functions: [OpsetCase] =
        ([
            Abs(), Acos(), Acosh(), Asin(), Asinh(), Atan(), Atanh(), Ceil(), Cos(), Cosh(), Erf(),
            Exp(), Floor(), Log(), Neg(), Reciprocal(), Round(), Sign(), Sin(), Sinh(), Sqrt(),
            Tan(),
            Identity(), Dropout(ratio: 0.25),
        ] as [any Operator]).map { OpsetCase($0) }

    private static let reductions: [OpsetCase] =
        ([
            ReduceL1(axes: [1]), ReduceL2(axes: [-1]), ReduceLogSum(axes: [1]),
            ReduceLogSumExp(axes: [2]), ReduceMax(axes: [1]), ReduceMean(axes: [-2]),
            ReduceMin(axes: [0], keepsDimensions: false), ReduceProd(axes: [1]),
            ReduceSum(axes: [1, 2], keepsDimensions: false), ReduceSumSquare(axes: [1]),
            ArgMax(axis: 1), ArgMax(axis: -1, keepsDimensions: false, selectsLast: true),
            ArgMin(axis: 1),
        ] as [any Operator]).map { OpsetCase($0, ["N", 3, 4]) } + [
            OpsetCase(TopK(), ["N", 6], [integers(2)], outputs: 2),
            OpsetCase(TopK(axis: 1, isLargest: false), ["N", 5, 2], [integers(3)], outputs: 2),
        ]

    private static let shapes: [OpsetCase] = [
        OpsetCase(Concat(axis: 1), ["N", 3], computed: 2),
        OpsetCase(Concat(axis: 0), [2, 3], [numbers([1, 3])]),
        OpsetCase(Expand(), ["N", 1, 3], [integers(1, 5, 3)]),
        OpsetCase(Flatten(), image), OpsetCase(Flatten(axis: 2), image),
        OpsetCase(Gather(axis: 1), ["N", 3], [integers(2, -3)]),
        OpsetCase(
            GatherElements(axis: 1), [2, 3], [Tensor([0, -1, 2, 1] as [Int64], shape: [2, 2])]),
        OpsetCase(GatherND(), [2, 3, 2], [Tensor([0, -1, -1, 2] as [Int64], shape: [2, 2])]),
        OpsetCase(
            GatherND(batchDimensions: 1), [2, 3, 2], [Tensor([-1, 0] as [Int64], shape: [2, 1])]),
        OpsetCase(
            ScatterND(), [3, 2],
            [Tensor([1, -3] as [Int64], shape: [2, 1]), numbers([2, 2])]),
        OpsetCase(
            ScatterND(reduction: .add), [3, 2],
            [Tensor([1, 0, -2, 0] as [Int64], shape: [2, 2]), numbers([2])]),
        OpsetCase(
            ScatterElements(axis: 1), [2, 3],
            [Tensor([2, -3] as [Int64], shape: [2, 1]), numbers([2, 1])]),
        OpsetCase(
            OneHot(), ["N", 3], [Tensor(scalar: Int64(4)), Tensor([0, 1] as [Float])], of: .int64),
        OpsetCase(
            OneHot(axis: 1), ["N", 3], [Tensor(scalar: Int64(4)), Tensor([-1, 3] as [Float])],
            of: .int64),
        OpsetCase(Pad(), ["N", 3], [integers(0, 1, 0, 2), number(7)]),
        OpsetCase(Pad(.edge), ["N", 3], [integers(0, 2, 0, -1)]),
        OpsetCase(Pad(.wrap), ["N", 3], [integers(0, 2, 0, 1)]),
        OpsetCase(Reshape(), ["N", 3, 4], [integers(0, 2, -1)]),
        OpsetCase(
            SliceOf(), ["N", 5, 6],
            [integers(1, -1), integers(4, Int64.min), integers(1, 2), integers(1, -2)]),
        OpsetCase(Split(axis: 1), ["N", 5], [integers(2, 3)], outputs: 2),
        OpsetCase(Squeeze(), ["N", 1, 3], [integers(1)]),
        OpsetCase(Tile(), ["N", 3], [integers(1, 2)]),
        OpsetCase(Transpose([0, 2, 1]), ["N", 3, 4]), OpsetCase(Transpose([1, 0])),
        OpsetCase(Trilu(), ["N", 3, 4], [Tensor(scalar: Int64(1))]),
        OpsetCase(Trilu(isUpper: false), ["N", 3, 4]),
        OpsetCase(Unsqueeze(), ["N", 3], [integers(1)]),
        OpsetCase(Unsqueeze(), [2, 3], [integers(0)]),
        OpsetCase(DepthToSpace(blockSize: 2), image),
        OpsetCase(DepthToSpace(blockSize: 2, order: .depthLast), image),
        OpsetCase(SpaceToDepth(blockSize: 2), image),
        OpsetCase(Resize(.nearest, .asymmetric, rounding: .floor, scales: [1, 1, 2, 2]), image),
        OpsetCase(Resize(.linear, .alignCorners, scales: [1, 1, 1.5, 2]), [2, 4, 6, 6]),
        OpsetCase(Resize(.cubic, .halfPixel, sizes: [2, 4, 9, 4]), [2, 4, 6, 6]),
    ]

    private static let windows: [OpsetCase] = [
        OpsetCase(
            Conv(padding: .explicit([1, 1, 1, 1])), image, [numbers([3, 4, 3, 3]), numbers([3])]),
        OpsetCase(ConvTranspose(strides: [2, 2]), image, [numbers([4, 3, 3, 3]), numbers([3])]),
        OpsetCase(
            ConvTranspose(strides: [2, 2], dilations: [2, 1]), image, [numbers([4, 3, 3, 3])]),
        OpsetCase(MaxPool(kernel: [2, 2], strides: [2, 2]), image),
        OpsetCase(MaxPool(kernel: [2, 2], dilations: [2, 3]), image),
        OpsetCase(AveragePool(kernel: [3, 3], padding: .explicit([1, 1, 1, 1])), image),
        OpsetCase(LpPool(kernel: [3, 3], padding: .explicit([1, 0, 1, 1]), p: 3), image),
        OpsetCase(GlobalAveragePool(), image), OpsetCase(GlobalMaxPool(), image),
        OpsetCase(GlobalLpPool(), image),
        OpsetCase(
            BatchNormalization(epsilon: 0.01), image,
            [numbers([4]), numbers([4]), numbers([4]), positive(4)]),
        OpsetCase(InstanceNormalization(), image, [numbers([4]), numbers([4])]),
        OpsetCase(GroupNormalization(groupCount: 2), image, [numbers([4]), numbers([4])]),
        OpsetCase(LayerNormalization(axis: -1), ["N", 3, 4], [numbers([4]), numbers([4])]),
        OpsetCase(RMSNormalization(axis: -1), ["N", 3, 4], [numbers([4])]),
        OpsetCase(LpNormalization(axis: 1, p: 1), ["N", 3, 4]), OpsetCase(LpNormalization()),
        OpsetCase(LRN(size: 3, alpha: 0.1), image),
        OpsetCase(MeanVarianceNormalization(axes: [2, 3]), image),
    ]

    private static let recurrent: [OpsetCase] = [
        OpsetCase(
            LSTM(), [3, "N", 2], [numbers([1, 12, 2]), numbers([1, 12, 3]), numbers([1, 24])],
            outputs: 3),
        OpsetCase(
            GRU(isLinearBeforeReset: true), [3, "N", 2],
            [numbers([1, 9, 2]), numbers([1, 9, 3]), numbers([1, 18])], outputs: 2),
        OpsetCase(
            RNN(), [3, "N", 2], [numbers([1, 3, 2]), numbers([1, 3, 3]), numbers([1, 6])],
            outputs: 2),
    ]
}
