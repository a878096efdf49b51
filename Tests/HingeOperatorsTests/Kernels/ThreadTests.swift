import HingeGraph
import Testing

@testable import HingeOperators

/// An operator, and inputs that are large enough for its work to be shared.
struct ThreadCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var function: any Operator
    var inputs: [Tensor?]
    var outputCount: Int

    init(_ name: String, _ function: any Operator, _ inputs: [Tensor?], outputs: Int = 1) {
        testDescription = name
        self.function = function
        self.inputs = OperatorHarness.operands(function, inputs)
        outputCount = outputs
    }

    /// The outputs with a number of threads.
    func outputs(threads: Int) throws -> [Tensor?] {
        var context = EvaluationContext(
            inputs: inputs.map { $0.map { .tensor($0) } }, outputCount: outputCount)
        try ThreadTeam.$current.withValue(ThreadTeam(count: threads)) {
            try function.evaluate(&context)
        }
        return context.outputs.map { $0?.tensor }
    }
}

/// However many threads there are, and wherever the work is cut, no bit of a result changes.
@Suite("Threads and results")
struct ThreadTests {
    @Test(arguments: elementwise + rows + movements + windows)
    func threadsChangeNothing(_ item: ThreadCase) throws {
        let expected = try item.outputs(threads: 1)
        for threads in [2, 3, 7] {
            #expect(try item.outputs(threads: threads) == expected, "\(threads) threads")
        }
    }

    /// Numbers from −4 to 4 in no order.
    private static func reals(_ shape: Int...) -> Tensor {
        var state: UInt32 = 12345
        return Tensor(
            (0..<shape.reduce(1, *)).map { _ -> Float in
                state = state &* 1_664_525 &+ 1_013_904_223
                return Float(state >> 8) / Float(1 << 21) - 4
            }, shape: shape)
    }

    private static func integers(_ shape: Int..., below bound: Int) -> Tensor {
        var state: UInt32 = 54321
        return Tensor(
            (0..<shape.reduce(1, *)).map { _ -> Int64 in
                state = state &* 1_664_525 &+ 1_013_904_223
                return Int64(Int(state >> 8) % bound)
            }, shape: shape)
    }

    private static func converted(_ tensor: Tensor, _ type: DataType) -> Tensor {
        (try? tensor.converted(to: type)) ?? tensor
    }

    /// More than twice the elements that are worth a thread, and no multiple of anything.
    private static let x = reals(257, 523)
    private static let y = reals(257, 523)
    private static let row = reals(523)
    private static let column = reals(257, 1)
    private static let whole = integers(257, 523, below: 1000)
    private static let flags = converted(integers(257, 523, below: 2), .bool)
    private static let image = reals(2, 6, 109, 113)

    static let elementwise = [
        ThreadCase("Relu", Relu(), [x]),
        ThreadCase("Erf", Erf(), [x]),
        ThreadCase("Relu of bfloat16", Relu(), [converted(x, .bfloat16)]),
        ThreadCase("Neg of int64", Neg(), [whole]),
        ThreadCase("Relu of just too little to share", Relu(), [reals(131_071)]),
        ThreadCase("Relu of just enough to share", Relu(), [reals(131_073)]),
        ThreadCase("IsNaN", IsNaN(), [x]),
        ThreadCase("Not", Not(), [flags]),
        ThreadCase("Add", Add(), [x, y]),
        ThreadCase("Mul by a row", Mul(), [x, row]),
        ThreadCase("Div of a row by a column", Div(), [row, column]),
        ThreadCase("Pow", Pow(), [Specimens.above, Tensor(scalar: Float(1.5))]),
        ThreadCase("Greater", Greater(), [x, column]),
        ThreadCase("And", And(), [flags, flags]),
        ThreadCase("BitwiseXor", BitwiseXor(), [whole, whole]),
        ThreadCase("Max of three", Max(), [row, column, x]),
        ThreadCase("Mean of three", Mean(), [x, y, row]),
        ThreadCase("Clip", Clip(minimum: -1, maximum: 1), [x]),
        ThreadCase("Where", Where(), [flags, x, row]),
        ThreadCase("PRelu", PRelu(), [x, row]),
        ThreadCase("Cast to int64", Cast(to: .int64), [x]),
        ThreadCase("Cast to float8", Cast(to: .float8e4m3fn), [x]),
        ThreadCase("Cast to int4", Cast(to: .int4), [x]),
        ThreadCase("Dropout", Dropout(ratio: 0.5), [x], outputs: 2),
        ThreadCase(
            "QuantizeLinear", QuantizeLinear(),
            [x, Tensor(scalar: Float(0.05)), Tensor(scalar: UInt8(100))]),
        ThreadCase(
            "DequantizeLinear", DequantizeLinear(),
            [converted(whole, .int8), Tensor(scalar: Float(0.05))]),
    ]

    static let rows = [
        ThreadCase("Softmax", Softmax(), [x]),
        ThreadCase("Softmax along axis 0", Softmax(axis: 0), [x]),
        ThreadCase("LogSoftmax", LogSoftmax(), [x]),
        ThreadCase("Hardmax", Hardmax(), [x]),
        ThreadCase("LayerNormalization", LayerNormalization(), [x, row, row], outputs: 3),
        ThreadCase("RMSNormalization", RMSNormalization(), [x, row]),
        ThreadCase("InstanceNormalization", InstanceNormalization(), [image, reals(6), reals(6)]),
        ThreadCase(
            "GroupNormalization", GroupNormalization(groupCount: 3), [image, reals(6), reals(6)]),
        ThreadCase("LpNormalization", LpNormalization(axis: 0), [x]),
        ThreadCase(
            "BatchNormalization", BatchNormalization(),
            [image, reals(6), reals(6), reals(6), Tensor([1, 2, 3, 4, 5, 6] as [Float])]),
        ThreadCase("MeanVarianceNormalization", MeanVarianceNormalization(), [image]),
        ThreadCase("LRN", LRN(size: 3), [image]),
        ThreadCase("CumSum", CumSum(axis: 1), [x]),
        ThreadCase("CumSum along axis 0", CumSum(axis: 0), [x]),
        ThreadCase("ArgMax", ArgMax(axis: 1), [x]),
        ThreadCase("ArgMin along axis 0", ArgMin(axis: 0), [x]),
        ThreadCase("TopK", TopK(k: 5), [x], outputs: 2),
        ThreadCase("ReduceSum", ReduceSum(), [x]),
        ThreadCase("ReduceSum along axis 0", ReduceSum(axes: [0]), [x]),
        ThreadCase("ReduceSum along axis 1", ReduceSum(axes: [1]), [x]),
        ThreadCase("ReduceSum of one column", ReduceSum(axes: [0]), [reals(300_007, 1)]),
        ThreadCase("ReduceSum of few columns", ReduceSum(axes: [0]), [reals(100_003, 3)]),
        ThreadCase("ReduceSum of outer and inner", ReduceSum(axes: [0, 2, 3]), [image]),
        ThreadCase("ReduceMean of bfloat16", ReduceMean(axes: [1]), [converted(x, .bfloat16)]),
        ThreadCase("ReduceMax", ReduceMax(axes: [0]), [x]),
        ThreadCase("ReduceLogSumExp", ReduceLogSumExp(), [x]),
        ThreadCase("ReduceProd of int64", ReduceProd(axes: [0]), [whole]),
    ]

    static let movements = [
        ThreadCase("Transpose", Transpose([1, 0]), [x]),
        ThreadCase("Transpose 0231", Transpose([0, 2, 3, 1]), [image]),
        ThreadCase("Transpose 0213", Transpose([0, 2, 1, 3]), [image]),
        ThreadCase("Concat", Concat(axis: 1), [x, column, y]),
        ThreadCase("Slice", SliceOf(starts: [1, 3], ends: [256, 520]), [x]),
        ThreadCase(
            "Slice backwards", SliceOf(starts: [-1], ends: [-600], axes: [1], steps: [-1]), [x]),
        ThreadCase("Split", Split(axis: 1, sizes: [200, 323]), [x], outputs: 2),
        ThreadCase("Expand", Expand(shape: [257, 523]), [column]),
        ThreadCase("Tile", Tile(repeats: [1, 3]), [x]),
        ThreadCase("Pad", Pad(pads: [1, 2, 3, 4], value: 7), [x]),
        ThreadCase("Pad by reflection", Pad(.reflect, pads: [1, 2, 3, 4]), [x]),
        ThreadCase("Gather rows", Gather(axis: 0), [x, integers(301, below: 257)]),
        ThreadCase("Gather columns", Gather(axis: 1), [x, integers(601, below: 523)]),
        ThreadCase("GatherElements", GatherElements(axis: 0), [x, integers(257, 523, below: 257)]),
        ThreadCase("GatherND", GatherND(), [x, integers(70_001, 2, below: 257)]),
        ThreadCase(
            "ScatterElements", ScatterElements(axis: 1),
            [x, integers(257, 10, below: 523), reals(257, 10)]),
        ThreadCase("ScatterND", ScatterND(), [x, integers(20, 1, below: 257), reals(20, 523)]),
        ThreadCase("Trilu", Trilu(isUpper: true), [x]),
        ThreadCase("DepthToSpace", DepthToSpace(blockSize: 2), [reals(1, 8, 131, 137)]),
        ThreadCase("Compress", Compress(axis: 1), [x, converted(integers(523, below: 2), .bool)]),
        ThreadCase("NonZero", NonZero(), [flags]),
        ThreadCase(
            "ReverseSequence", ReverseSequence(batchAxis: 0, timeAxis: 1),
            [x, integers(257, below: 523)]),
        ThreadCase("ConstantOfShape", ConstantOfShape(), [Tensor.ints(257, 1023)]),
        ThreadCase(
            "OneHot", OneHot(),
            [integers(601, below: 301), Tensor.ints(301), Tensor([0, 1] as [Float])]),
        ThreadCase("Transpose of int4", Transpose([1, 0]), [converted(x, .int4)]),
    ]

    static let windows = [
        ThreadCase("Resize", Resize(scales: [1, 1, 2, 1.5]), [image]),
        ThreadCase("Resize linear", Resize(.linear, scales: [1, 1, 2, 1.5]), [image]),
        ThreadCase("Resize cubic", Resize(.cubic, scales: [1, 1, 0.7, 0.8]), [image]),
        ThreadCase("MaxPool", MaxPool(kernel: [3, 3], strides: [2, 2]), [image], outputs: 2),
        ThreadCase("AveragePool", AveragePool(kernel: [3, 3], padding: .sameUpper), [image]),
        ThreadCase("LpPool", LpPool(kernel: [3, 3]), [image]),
        ThreadCase("GlobalAveragePool", GlobalAveragePool(), [image]),
        ThreadCase("GlobalMaxPool", GlobalMaxPool(), [image]),
        ThreadCase("GlobalLpPool", GlobalLpPool(), [image]),
        ThreadCase("Conv", Conv(), [reals(1, 4, 61, 67), reals(5, 4, 3, 3)]),
        ThreadCase("MatMul", MatMul(), [reals(67, 61), reals(61, 131)]),
        ThreadCase(
            "Einsum", Einsum(equation: "bij,bjk->bik"), [reals(3, 41, 43), reals(3, 43, 47)]),
    ]
}
