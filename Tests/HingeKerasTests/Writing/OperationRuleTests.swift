import HingeGraph
import HingeOperators
import Testing

@testable import HingeKeras

@Suite struct OperationRuleTests {
    private static let vector = Tensor([1, 2, 4] as [Float])

    static let cases: [RuleCase] = [
        .with(Add(), [vector], "numpy.Add {}(x, [1.0, 2.0, 4.0])", shape: ["N", 3]),
        .with(Div(), [vector], "numpy.Divide {}(x, [1.0, 2.0, 4.0])", shape: ["N", 3]),
        .with(
            Pow(), [Tensor(scalar: Int64(2))], "numpy.Power {}(x, 2.0)", shape: ["N", 3]),
        .with(
            Greater(), [Tensor(scalar: Float(0))], "numpy.Greater {}(x, 0.0)", shape: ["N", 3]),
        .unary(Abs(), "numpy.Absolute {}(x)"),
        .unary(Erf(), "math.Erf {}(x)"),
        .unary(Round(), #"numpy.Round {"decimals": 0}(x)"#),
        .unary(Cast(to: .int32), #"core.Cast {"dtype": "int32"}(x)"#),
        .unary(
            ReduceSum(axes: [1], keepsDimensions: false),
            #"numpy.Sum {"axis": [1], "keepdims": false}(x)"#, shape: ["N", 3, 4]),
        .unary(
            ReduceMean(axes: [1], keepsDimensions: false),
            #"GlobalAveragePooling1D {"data_format": "channels_last"}"#,
            shape: ["N", 3, 4]),
        .unary(
            ReduceL2(axes: [1]), "numpy.Square {}(x)",
            #"numpy.Sum {"axis": [1], "keepdims": true}(x)"#, "numpy.Sqrt {}(x)",
            shape: ["N", 3, 4]),
        .unary(
            ArgMax(axis: 1, keepsDimensions: false),
            #"numpy.Argmax {"axis": 1, "keepdims": false}(x)"#,
            #"core.Cast {"dtype": "int64"}(x)"#),
        .unary(Transpose([0, 2, 1]), #"Permute {"dims": [2, 1]}"#, shape: ["N", 3, 4]),
        .unary(Transpose([1, 0]), #"numpy.Transpose {"axes": [1, 0]}(x)"#),
        .unary(Flatten(), #"Flatten {"data_format": "channels_last"}"#, shape: ["N", 3, 4]),
        .unary(
            Reshape(shape: [0, 2, -1]), #"Reshape {"target_shape": [2, 6]}"#,
            shape: ["N", 3, 4]),
        .unary(
            Reshape(shape: [-1, 4]), #"numpy.Reshape {"newshape": [-1, 4]}(x)"#,
            shape: ["N", 3, 4]),
        .unary(
            Unsqueeze(axes: [1]), #"Reshape {"target_shape": [1, 6]}"#),
        .unary(Unsqueeze(axes: [0]), #"numpy.ExpandDims {"axis": 0}(x)"#),
        .unary(
            SliceOf(starts: [1], ends: [Int.max], axes: [1]), "numpy.GetItem {}(x, list of 2)"),
        .unary(
            SliceOf(starts: [-1], ends: [Int.min], axes: [1], steps: [-1]),
            "numpy.GetItem {}(x, list of 2)"),
        .with(
            Pad(), [Tensor([0, 1, 0, 2] as [Int64]), Tensor(scalar: Float(7))],
            #"numpy.Pad {"pad_width": [[0, 0], [1, 2]], "mode": "constant"}(x)"#,
            shape: ["N", 3]),
        .with(
            Expand(), [Tensor([1, 5, 3] as [Int64])],
            "numpy.Multiply {}(x, [[[1.0], [1.0], [1.0], [1.0], [1.0]]])", shape: ["N", 1, 3]),
        .with(
            Tile(), [Tensor([1, 2] as [Int64])], #"numpy.Tile {"repeats": [1, 2]}(x)"#,
            shape: ["N", 3]),
        .with(
            Gather(axis: 1), [Tensor([2, 0] as [Int64])],
            #"numpy.Take {"axis": 1}(x, [2, 0])"#, shape: ["N", 3]),
        .with(
            MatMul(), [numbers([3, 5])], #"Dense {"units": 5, "use_bias": false}"#,
            shape: ["N", 2, 3]),
        .with(
            Gemm(alpha: 0.5, transposesB: true), [numbers([5, 3]), numbers([5])],
            #"Dense {"units": 5}"#, shape: ["N", 3]),
        .with(
            LayerNormalization(axis: -1), [numbers([4]), numbers([4])],
            #"LayerNormalization {"axis": -1, "epsilon": 1e-05}"#, shape: ["N", 3, 4]),
    ]

    @Test(arguments: cases)
    func writes(_ rule: RuleCase) throws {
        #expect(try layers(rule.model()) == rule.layers)
    }

    @Test(arguments: cases)
    func computesTheSame(_ rule: RuleCase) throws {
        let model = try rule.model()
        #expect(try difference(rewritten(model, .archive), model) <= 1e-6)
    }

    /// Operators of two tensors of one rank are merging layers, which legacy files hold too.
    @Test func mergesTensors() throws {
        let merging: [(any Operator, String)] = [
            (Add(), "Add {}"), (Sub(), "Subtract {}"), (Mul(), "Multiply {}"),
            (Max(), "Maximum {}"), (Min(), "Minimum {}"),
            (Concat(axis: 1), #"Concatenate {"axis": -1}"#),
        ]
        for (operation, layer) in merging {
            let original = try model(["N", 3]) { graph, x in
                try graph.append(operation, x, graph.append(Relu(), x))
            }
            #expect(try layers(original) == ["ReLU {}", layer])
            #expect(try difference(rewritten(original, .legacyModel), original) == 0)
        }
    }

    /// A matrix product and the addition of a vector are one layer.
    @Test func joinsProductAndBias() throws {
        let original = try model(["N", 2, 3]) { graph, x in
            let product = try graph.append(MatMul(), x, graph.constant(numbers([3, 5])))
            return try graph.append(Add(), product, graph.constant(numbers([5])))
        }
        #expect(try layers(original) == [#"Dense {"units": 5}"#])
        #expect(try difference(rewritten(original, .weights), original) <= 1e-6)
    }

    /// Shape computations that inference knows aren't written.
    @Test func leavesOutShapeComputations() throws {
        let original = try model(["N", 3, 4]) { graph, x in
            let shape = try graph.append(ShapeOf(), x)
            let batch = try graph.append(
                Gather(axis: 0), shape, graph.constant(Tensor([0] as [Int64])))
            let rest = graph.constant(Tensor([12] as [Int64]))
            let target = try graph.append(Concat(axis: 0), batch, rest)
            return try graph.append(Reshape(), x, target)
        }
        #expect(try layers(original) == [#"Reshape {"target_shape": [12]}"#])
        #expect(try difference(rewritten(original, .archive), original) == 0)
    }

    /// Integer division cuts off fractions, whatever the signs.
    @Test func dividesIntegers() throws {
        let original = try model(["N", 3], .int64) { graph, x in
            let scaled = try graph.append(
                Mul(), x, graph.constant(Tensor([7, -9, 11] as [Int64])))
            return try graph.append(Div(), scaled, graph.constant(Tensor([2, 2, -4] as [Int64])))
        }
        #expect(try difference(rewritten(original, .archive), original) == 0)
    }

    /// Integers are divided as such: 2⁵³ + 1 is no double.
    @Test func dividesLargeIntegers() throws {
        let large = Tensor([9_007_199_254_740_993, -9_007_199_254_740_993, 7] as [Int64])
        let quotients = Tensor([3_002_399_751_580_331, -3_002_399_751_580_331, 2] as [Int64])
        let original = try model(["N", 3], .int64) { graph, x in
            let sum = try graph.append(Add(), x, graph.constant(large))
            let quotient = try graph.append(
                Div(), sum, graph.constant(Tensor([3, 3, -3] as [Int64])))
            return try graph.append(Sub(), quotient, graph.constant(quotients))
        }
        #expect(try difference(rewritten(original, .archive), original) == 0)
    }

    @Test(arguments: [DataType.float16, .float64])
    func keepsElementTypes(_ type: DataType) throws {
        let original = try model(["N", 3], type) { graph, x in
            let cast = Cast(to: type)
            let kernel = try ConstantFolding.evaluate(cast, [numbers([3, 5])])
            return try graph.append(
                Relu(), graph.append(MatMul(), x, graph.constant(kernel)))
        }
        #expect(try difference(rewritten(original, .archive), original) <= 1e-3)
    }
}
