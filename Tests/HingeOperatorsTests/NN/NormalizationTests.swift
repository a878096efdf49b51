import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX Runtime 1.32, those of RMSNormalization and of broadcast parameters from ONNX's
/// reference evaluator 1.23.2, those of GroupNormalization from PyTorch 2.13, that of LRN over an even number from NumPy 2.4.
@Suite struct NormalizationTests {
    /// A normalization and what comes of it.
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var normalization: any Operator
        var shapes: [[Int]]
        var expected: [Double]
    }

    static let cases = [
        Case(
            testDescription: "LayerNormalization", normalization: LayerNormalization(epsilon: 0.01),
            shapes: [[2, 3, 4], [4], [4]],
            expected: [
                -0.78908211, 0.96091789, -2.3475485, 1.1060352, -0.12327933, 0.67116225, 1.5819173,
                1.4577301, -1.6097035, 0.24646959, -0.7538923, 0.82069111, -0.12327933, 0.67116225,
                1.5819173, 1.4577301, -1.6097035, 0.24646959, -0.7538923, 0.82069111, -0.78908211,
                0.96091789, -2.3475485, 1.1060352,
            ]),
        Case(
            testDescription: "LayerNormalization of two axes",
            normalization: LayerNormalization(axis: 1), shapes: [[2, 2, 3], [2, 3]],
            expected: [
                -0.072005078, 0.39088464, -1.0183574, -0.27773383, -1.1726539, 0.082291491,
                -1.0407832, -0.21240473, 0.63417977, 0.59169888, -0.20026731, -1.0438175,
            ]),
        Case(
            testDescription: "LayerNormalization whose parameters broadcast",
            normalization: LayerNormalization(axis: 1), shapes: [[2, 2, 3], [2, 1], [3]],
            expected: [
                -1.197005, -0.74309611, 0.14804554, -0.93984413, 0.23411539, -0.5205729, -2.1657832,
                1.3684165, -0.90356898, -1.5194659, 0.55824423, -0.23904562,
            ]),
        Case(
            testDescription: "LayerNormalization with a scale for each sample",
            normalization: LayerNormalization(), shapes: [[2, 2, 3], [2, 1, 1]],
            expected: [
                0.20140043, -1.1580524, 0.9566521, -0.9566521, 1.1580527, -0.20140043, 0.2733292,
                -0.33087215, 0.057542987, -0.30618441, 0, 0.30618441,
            ]),
        Case(
            testDescription: "InstanceNormalization",
            normalization: InstanceNormalization(epsilon: 0.1), shapes: [[2, 2, 3, 2], [2], [2]],
            expected: [
                -1.1914738, -2.3880024, -0.52673578, -1.7232642, 0.13800228, -1.0585263, 0.90402955,
                0.42569321, 0.73319513, 0.25485882, 0.56236076, 0.86986268, -0.26798069, -1.3442374,
                -2.4204941, -0.74631703, -1.8225738, -0.14839661, 0.64399248, 0.98585773,
                0.45406735, 0.79593259, 0.26414219, 0.60600746,
            ]),
        Case(
            testDescription: "GroupNormalization", normalization: GroupNormalization(groupCount: 2),
            shapes: [[2, 4, 3], [4], [4]],
            expected: [
                -1.197005, -2.4930964, -0.47695434, 0.81015593, 0.23411536, 0.60442716, 1.1355164,
                -1.668226, 0.13417983, 1.8416989, 1.3501337, 0.85856843, -0.21165967, -1.3586452,
                -2.5056307, 0.50969458, 0.83740473, 0.32763338, -0.38684914, 1.6498656, -1.5183573,
                0.9722662, 1.836327, 1.2808594,
            ]),
        Case(
            testDescription: "RMSNormalization", normalization: RMSNormalization(epsilon: 0.01),
            shapes: [[2, 3, 4], [4]],
            expected: [
                0, 0.4032025, -1.2320076, -0.26880166, 1.2265686, -0.035044815, 1.5419719,
                0.31540334, -0.3854048, -0.40375739, -0.40375739, -0.38540477, 0.89927781,
                0.073410437, 2.2206657, 0.16517349, -0.73594111, -0.28035852, 0.19274649,
                -0.52567226, 0.62720388, 0.22400139, -2.2176137, 0,
            ]),
        Case(
            testDescription: "RMSNormalization of two axes",
            normalization: RMSNormalization(axis: 1), shapes: [[2, 2, 3], [2, 3]],
            expected: [
                0, 0.36906421, -1.1276962, -0.24604282, -1.230214, 0.16402854, -1.0192424,
                -0.21840909, 0.60062498, 0.60062498, -0.21840909, -1.0192424,
            ]),
        Case(
            testDescription: "LpNormalization of order 1",
            normalization: LpNormalization(axis: 1, p: 1), shapes: [[2, 3, 2]],
            expected: [
                0, -0.64285713, 0.33333334, -0.2857143, 0.66666669, 0.071428575, -0.61538464, 0.25,
                -0.23076923, 0.45833334, 0.15384616, -0.29166666,
            ]),
        Case(
            testDescription: "LpNormalization of order 2", normalization: LpNormalization(),
            shapes: [[2, 3, 2]],
            expected: [
                0, -1, 0.78086877, -0.62469506, 0.9950372, 0.099503726, -0.80000001, 0.60000002,
                -0.2631174, 0.96476382, 0.27472112, -0.96152395,
            ]),
        Case(
            testDescription: "MeanVarianceNormalization",
            normalization: MeanVarianceNormalization(), shapes: [[2, 2, 2, 2]],
            expected: [
                0.10174461, -1.3633778, 0.91570151, -0.54942089, 1.3430148, 0.036297701, -1.2704195,
                0.76225168, -0.38662952, 1.8924499, 0.42732736, -1.0377951, 0.90744251, -0.39927471,
                -1.7059919, 0.32667929,
            ]),
        Case(
            testDescription: "MeanVarianceNormalization of planes",
            normalization: MeanVarianceNormalization(axes: [2, -1]), shapes: [[2, 2, 2, 2]],
            expected: [
                0.38851434, -1.3598002, 1.3598002, -0.38851434, 1.1529025, -0.18595201, -1.5248065,
                0.55785602, -0.55785602, 1.5248065, 0.18595201, -1.1529025, 1.1529025, -0.18595201,
                -1.5248065, 0.55785602,
            ]),
        Case(
            testDescription: "LRN", normalization: LRN(size: 3, alpha: 0.5, beta: 0.6, bias: 2),
            shapes: [[1, 5, 2, 1]],
            expected: [
                0, -0.69110107, 0.3766759, -0.30694318, 0.72270578, 0.07923241, -0.58404315,
                0.44227597, -0.23428926, 0.81136519,
            ]),
        Case(
            testDescription: "LRN of an even number", normalization: LRN(size: 4, alpha: 0.5),
            shapes: [[1, 4, 1, 2]],
            expected: [
                0, -0.98652393, 0.49379191, -0.41999882, 0.98758382, 0.11609837, -0.81188112,
                0.71176147,
            ]),
    ]

    @Test(arguments: cases) func normalizes(_ test: Case) throws {
        let inputs = test.shapes.enumerated().map { Tensor.wave($1, seed: $0) }
        for (type, tolerance): (DataType, Double) in [
            (.float32, 2e-6), (.float64, 2e-6), (.float16, 0x1p-9), (.bfloat16, 0x1p-6),
        ] {
            let y = try OperatorHarness.evaluate(
                test.normalization, inputs.map { $0.cast(to: type) })[0]
            #expect(y?.dataType == type)
            try expectClose(y, test.expected, shape: test.shapes[0], tolerance: tolerance)
        }
        let inferred = try OperatorHarness.infer(
            test.normalization, inputs.map { .tensor(.float32, Shape($0.shape)) })
        #expect(inferred[0] == .tensor(.float32, Shape(test.shapes[0])))
    }

    @Test func resultHasTheTypeOfTheScale() throws {
        let x = Tensor.wave(2, 4)
        for (type, scaleType): (DataType, DataType) in [
            (.float16, .float32), (.float32, .bfloat16), (.bfloat16, .float64),
            (.float64, .float16),
        ] {
            let (x, scale) = (x.cast(to: type), Tensor.wave([4], seed: 1).cast(to: scaleType))
            let wide = try OperatorHarness.value(
                RMSNormalization(), x.cast(to: .float64), scale.cast(to: .float64))
            let y = try OperatorHarness.value(RMSNormalization(), x, scale)
            #expect(y == wide.cast(to: scaleType), "\(type), \(scaleType)")
            let inferred = try OperatorHarness.infer(
                RMSNormalization(), [.tensor(type, [2, 4]), .tensor(scaleType, [4])])
            #expect(inferred == [.tensor(scaleType, [2, 4])])
        }
    }

    @Test func layerStatistics() throws {
        let layer = LayerNormalization(epsilon: 0.01)
        let outputs = try OperatorHarness.evaluate(
            layer, [.wave(2, 3, 4).cast(to: .float16), .wave(4, seed: 1)], outputs: 3)
        #expect(outputs.map { $0?.dataType } == [.float16, .float32, .float32])
        try expectClose(
            outputs[1], [-0.25, 0.28125, 0.09375, -0.09375, -0.28125, 0.25], shape: [2, 3, 1])
        try expectClose(
            outputs[2], [1.5356246, 1.1817535, 1.1817535, 1.1817535, 1.1817535, 1.5356246],
            shape: [2, 3, 1], tolerance: 2e-6)
        let inferred = try OperatorHarness.infer(
            layer, [.tensor(.float16, ["N", "T", 4]), .tensor(.float16, [4])], outputs: 3)
        #expect(inferred[2] == .tensor(.float32, ["N", "T", 1]))
    }

    @Test func zeroNorms() throws {
        let zero = Tensor([Float](arrayLiteral: 0, 0, 3, -4), shape: [2, 2])
        try expectClose(try OperatorHarness.value(LpNormalization(), zero), [0, 0, 0.6, -0.8])
    }

    /// Version 18, since withdrawn, has a scale and bias for each group.
    @Test func groupScale() throws {
        let node = Node(
            "GroupNormalization", inputs: ["x", "s", "b"], outputs: ["y"],
            attributes: [.int("num_groups", 2)])
        let group = try OperatorHarness.read(node, opset: 18)
        try expectClose(
            try OperatorHarness.value(group, .wave(2, 4, 3), .wave(2, seed: 1), .wave(2, seed: 2)),
            [
                -1.197005, -2.4930964, -0.47695434, -1.7730455, 0.24309638, -1.0529948, 0.92236662,
                0.41259527, 0.74030542, 0.23053408, 0.55824423, 0.88595438, -0.21165967, -1.3586452,
                -2.5056307, -0.72143102, -1.8684165, -0.084216833, 0.64557284, 1.0158846,
                0.43984407, 0.81015587, 0.23411532, 0.6044271,
            ],
            tolerance: 2e-6)
        let known: [Inferred?] = [.tensor(.float32, ["N", 4, 3]), .tensor(.float32, [2])]
        for opset in [7, 18, 22] {
            let nodes = try OperatorHarness.convert(node, from: 18, to: opset, known: known).nodes
            #expect(nodes.map(\.type) == ["Reshape", "InstanceNormalization", "Reshape"])
        }
    }

    @Test func olderVersionsAreComposed() throws {
        func types(_ normalization: any Operator, _ opset: Int) throws -> [String] {
            try Speller.spell(
                normalization, opset: opset, inputs: ["x", "s", "b"], outputs: ["y"],
                known: [
                    .tensor(.float16, ["N", 4, 3]), .tensor(.float16, [3]), .tensor(.float16, [3]),
                ], isTaken: { _ in false }
            ).nodes.map(\.type)
        }
        #expect(try types(LayerNormalization(), 17) == ["LayerNormalization"])
        #expect(
            try types(LayerNormalization(), 16) == [
                "Cast", "ReduceMean", "Sub", "Mul", "ReduceMean", "Add", "Sqrt", "Div", "Cast",
                "Mul", "Add",
            ])
        #expect(try types(GroupNormalization(groupCount: 2), 21) == ["GroupNormalization"])
        #expect(
            try types(GroupNormalization(groupCount: 2), 20) == [
                "Reshape", "InstanceNormalization", "Reshape", "Reshape", "Mul", "Reshape", "Add",
            ])
        #expect(
            message { _ = try types(LayerNormalization(), 6) }
                == "LayerNormalization needs opset 7, not 6")
        #expect(
            message { _ = try types(GroupNormalization(groupCount: 2), 6) }
                == "GroupNormalization needs opset 7, not 6")
    }

    @Test func refuses() {
        func infer(_ normalization: any Operator, _ shapes: Shape...) -> String {
            message {
                _ = try OperatorHarness.infer(normalization, shapes.map { .tensor(.float32, $0) })
            }
        }
        #expect(
            infer(LayerNormalization(axis: 3), [2, 3])
                == "attribute 'axis': expected an axis from -2 to 1, found 3")
        #expect(
            infer(LayerNormalization(), [2, 3], [4]) == "shapes [2, 3] and [4] do not broadcast")
        #expect(
            infer(RMSNormalization(), [2, 1], [2])
                == "input 1 of shape [2] does not broadcast to [2, 1]")
        #expect(
            infer(GroupNormalization(groupCount: 3), [1, 4, 2])
                == "4 channels cannot be divided into 3 groups")
        #expect(
            infer(InstanceNormalization(), [1, 4, 2], [3])
                == "expected input 1 of shape [4], found [3]")
        func read(_ type: String, _ attributes: Attribute...) -> String {
            message {
                _ = try OperatorHarness.read(
                    Node(type, inputs: ["x"], outputs: ["y"], attributes: attributes), opset: 22)
            }
        }
        #expect(read("LRN") == "node (LRN) › attribute 'size': expected a value, found none")
        #expect(
            read("LRN", .int("size", 0))
                == "node (LRN) › attribute 'size': expected 1 or more, found 0")
        #expect(
            read("LpNormalization", .int("p", 3))
                == "node (LpNormalization) › attribute 'p': expected 1 or 2, found 3")
        #expect(
            read("LayerNormalization", .int("stash_type", 7))
                == "node (LayerNormalization) › attribute 'stash_type': expected a floating-point "
                + "type, found int64")
    }

    @Test func emptyInputs() throws {
        let layer = try OperatorHarness.evaluate(
            LayerNormalization(), [.wave(2, 0), .wave(0)], outputs: 3)
        #expect(layer.map { $0?.shape } == [[2, 0], [2, 1], [2, 1]])
        for normalization: any Operator in [
            LpNormalization(), MeanVarianceNormalization(axes: [0]), LRN(size: 3),
        ] {
            let y = try OperatorHarness.value(normalization, .wave(0, 3, 2))
            #expect(y.shape == [0, 3, 2])
        }
    }
}
