import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX Runtime 1.32.
@Suite struct PoolingTests {
    /// A pooling and what comes of it.
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var input: [Int]
        var pool: any SpatialOperator
        var shape: [Int]
        var expected: [Double]
        var indices: [Double]?
        var tolerance = 0.0
    }

    static let cases = [
        Case(
            testDescription: "largest: strides and uneven padding", input: [1, 2, 4, 5],
            pool: MaxPool(kernel: [2, 3], strides: [2, 1], padding: .explicit([0, 1, 1, 1])),
            shape: [1, 2, 2, 5],
            expected: [
                0.125, 0.75, 0.75, 1.375, 1.375, 0.375, 1, 1, 1, -0.125, 0.625, 1.25, 1.25, 1.25,
                0.125, 0.875, 1.375, 1.375, 1.375, 0.375,
            ], indices: [5, 7, 7, 9, 9, 15, 17, 17, 17, 18, 25, 27, 27, 27, 28, 35, 32, 32, 32, 38]),
        Case(
            testDescription: "largest: dilated, rounded up", input: [1, 1, 7],
            pool: MaxPool(kernel: [2], strides: [2], dilations: [2], roundsUp: true),
            shape: [1, 1, 3], expected: [0.625, 1.25, 1.25], indices: [2, 4, 4]),
        Case(
            testDescription: "largest: column-major indices", input: [1, 1, 3, 4],
            pool: MaxPool(
                window: SpatialWindow(kernel: [2, 2]), hasColumnMajorIndices: true),
            shape: [1, 1, 2, 3], expected: [1.25, 0.625, 0.75, 1.375, 1.375, 0.75],
            indices: [1, 6, 10, 5, 5, 10]),
        Case(
            testDescription: "largest: 3-D, padded the same", input: [2, 1, 2, 3, 3],
            pool: MaxPool(kernel: [2, 2, 2], padding: .sameLower),
            shape: [2, 1, 2, 3, 3],
            expected: [
                0, 0, 0.625, 0, 1.25, 1.25, -0.5, 1.25, 1.25, 1.375, 1.375, 0.625, 1.375, 1.375,
                1.25, 0.875, 1.25, 1.25, -0.125, -0.125, 0.5, -0.125, 1.125, 1.125, -0.625, 1.125,
                1.125, 1.25, 1.25, 0.5, 1.25, 1.25, 1.375, 0.75, 1.125, 1.375,
            ],
            indices: [
                0, 0, 2, 0, 4, 4, 3, 4, 4, 9, 9, 2, 9, 9, 4, 12, 4, 4, 18, 18, 20, 18, 22, 22, 21,
                22, 22, 27, 27, 20, 27, 27, 32, 30, 22, 32,
            ]),
        Case(
            testDescription: "largest: unpadded, rounded up", input: [1, 1, 8],
            pool: MaxPool(kernel: [4], strides: [3], padding: .valid, roundsUp: true),
            shape: [1, 1, 3], expected: [0.625, 1.25, 0.75], indices: [2, 4, 7]),
        Case(
            testDescription: "mean: padding does not count", input: [1, 2, 4, 5],
            pool: AveragePool(kernel: [2, 4], strides: [2, 1], padding: .explicit([0, 1, 1, 1])),
            shape: [1, 2, 2, 4],
            expected: [
                -0.10416666, -0.1875, 0.125, 0.52083331, 0.14583333, 0.0625, -0.34375, -0.1875,
                0.39583334, 0.3125, -0.09375, 0.0625, 0.16666667, 0.203125, -0.203125, -0.16666667,
            ], tolerance: 1e-7),
        Case(
            testDescription: "mean: padding counts", input: [1, 2, 4, 5],
            pool: AveragePool(
                kernel: [2, 4], strides: [2, 1], padding: .explicit([0, 1, 1, 1]),
                countsPadding: true),
            shape: [1, 2, 2, 4],
            expected: [
                -0.078125, -0.1875, 0.125, 0.390625, 0.109375, 0.0625, -0.34375, -0.140625,
                0.296875, 0.3125, -0.09375, 0.046875, 0.125, 0.203125, -0.203125, -0.125,
            ], tolerance: 1e-7),
        Case(
            testDescription: "mean: what rounding up adds never counts", input: [1, 1, 6],
            pool: AveragePool(
                kernel: [4], strides: [3], padding: .explicit([1, 1]), roundsUp: true,
                countsPadding: true),
            shape: [1, 1, 3], expected: [-0.125, 0.375, 0.0625], tolerance: 1e-7),
        Case(
            testDescription: "mean: dilated", input: [1, 1, 7],
            pool: AveragePool(kernel: [2], padding: .explicit([1, 1]), dilations: [3]),
            shape: [1, 1, 6], expected: [0.625, -0.25, 0.0625, 0.375, -0.75, 1.25], tolerance: 1e-7),
        Case(
            testDescription: "norm of order 1", input: [1, 1, 3, 4],
            pool: LpPool(kernel: [2, 2], padding: .explicit([0, 1, 0, 0]), p: 1),
            shape: [1, 1, 2, 4], expected: [1.25, 2.5, 2.875, 2.875, 1.625, 3.125, 2.75, 2.875],
            tolerance: 1e-6),
        Case(
            testDescription: "norm of order 2", input: [1, 1, 3, 4], pool: LpPool(kernel: [2, 2]),
            shape: [1, 1, 2, 3],
            expected: [1.6863422, 1.634587, 1.4842927, 1.8998355, 1.7230061, 1.5461646],
            tolerance: 1e-6),
        Case(
            testDescription: "norm of order 3", input: [1, 1, 8],
            pool: LpPool(kernel: [3], strides: [2], p: 3),
            shape: [1, 1, 3], expected: [1.1859398, 1.324252, 1.4350146], tolerance: 1e-6),
    ]

    @Test(arguments: cases) func pools(_ test: Case) throws {
        let x = Tensor.wave(test.input)
        for (type, tolerance): (DataType, Double) in [
            (.float32, 0), (.float64, 1e-7), (.float16, 0x1p-10), (.bfloat16, 0x1p-7),
        ] {
            let y = try OperatorHarness.evaluate(
                test.pool, [x.cast(to: type)], outputs: test.indices == nil ? 1 : 2)
            #expect(y[0]?.dataType == type)
            // The largest element is one of the elements, so nothing is rounded.
            let slack = test.indices == nil ? max(tolerance, test.tolerance) : 0
            try expectClose(y[0], test.expected, shape: test.shape, tolerance: slack)
            if let indices = test.indices {
                #expect(y[1]?.dataType == .int64)
                try expectClose(y[1], indices, shape: test.shape, tolerance: 0)
            }
        }
        let inferred = try OperatorHarness.infer(test.pool, [.tensor(.float32, Shape(x.shape))])
        #expect(inferred[0] == .tensor(.float32, Shape(test.shape)))
    }

    @Test func largestOfBytes() throws {
        let window = MaxPool(kernel: [2], padding: .explicit([1, 0]))
        let signed = Tensor([Int8](arrayLiteral: -128, -3, 7), shape: [1, 1, 3])
        #expect(try OperatorHarness.value(window, signed).array(of: Int8.self) == [-128, -3, 7])
        let unsigned = Tensor([UInt8](arrayLiteral: 200, 3, 7), shape: [1, 1, 3])
        #expect(try OperatorHarness.value(window, unsigned).array(of: UInt8.self) == [200, 200, 7])
        let wrong = message {
            _ = try OperatorHarness.value(
                window, Tensor([Int32](arrayLiteral: 1), shape: [1, 1, 1]))
        }
        #expect(wrong == "input 0 of type int32 is not one the operator computes with")
    }

    /// NumPy's maximum keeps a NaN too; padding alone is below every number.
    @Test func largestOfNaNAndPadding() throws {
        let x = Tensor([Float](arrayLiteral: 1, .nan, 2, 3), shape: [1, 1, 4])
        let y = try OperatorHarness.evaluate(MaxPool(kernel: [2]), [x], outputs: 2)
        try expectClose(y[0], [.nan, .nan, 3])
        try expectClose(y[1], [1, 1, 3])
        let far = try OperatorHarness.evaluate(
            MaxPool(kernel: [1], padding: .explicit([1, 0])), [.wave(1, 1, 1)], outputs: 2)
        try expectClose(far[0], [-.infinity, 0.0])
        try expectClose(far[1], [-1, 0])
        #expect(try OperatorHarness.value(GlobalMaxPool(), x).array(of: Float.self)[0].isNaN)
    }

    /// A mean is no larger than the largest element, whatever the sum.
    @Test func averagesLargeNumbers() throws {
        let x = Tensor([3e38, 3e38, 3e38, -3e38] as [Float], shape: [1, 1, 2, 2])
        try expectClose(
            OperatorHarness.value(GlobalAveragePool(), x), [1.5e38], shape: [1, 1, 1, 1],
            tolerance: 1e31)
    }

    @Test func poolsWholePlanes() throws {
        let x = Tensor.wave(2, 2, 3, 2)
        let cases: [(any Operator, [Double])] = [
            (GlobalAveragePool(), [0.0625, 0.020833334, -0.020833334, -0.0625]),
            (GlobalMaxPool(), [1.25, 1.375, 1, 1.125]),
            (GlobalLpPool(p: 1), [3.625, 4.625, 4.625, 3.625]),
            (GlobalLpPool(), [1.8666481, 2.1028254, 2.1028254, 1.8666481]),
            (GlobalLpPool(p: 3), [1.5533465, 1.6821389, 1.6821389, 1.5533465]),
        ]
        for (pool, expected) in cases {
            for (type, tolerance): (DataType, Double) in [
                (.float32, 1e-6), (.float64, 1e-6), (.float16, 0x1p-10), (.bfloat16, 0x1p-7),
            ] {
                let y = try OperatorHarness.value(pool, x.cast(to: type))
                #expect(y.dataType == type)
                try expectClose(y, expected, shape: [2, 2, 1, 1], tolerance: tolerance)
            }
            let inferred = try OperatorHarness.infer(pool, [.tensor(.float32, ["N", 3, "H", "W"])])
            #expect(inferred == [.tensor(.float32, ["N", 3, 1, 1])])
        }
    }

    @Test func infersUnknownDimensions() throws {
        let pool = AveragePool(kernel: [3, 3], strides: [1, 2], padding: .explicit([1, 1, 1, 1]))
        let inferred = try OperatorHarness.infer(pool, [.tensor(.float32, ["N", "C", "H", 8])])
        #expect(inferred == [.tensor(.float32, ["N", "C", "H", 4])])
        let unknown = try OperatorHarness.infer(pool, [Inferred()])
        #expect(unknown[0].type?.shape?.rank == 4)
    }

    /// A pooling that an older version doesn't have, and the error that says so.
    struct Refusal: CustomTestStringConvertible {
        var pool: any Operator
        var opset: Int
        var type = DataType.float32
        var outputs = ["y"]
        var message: String
        var testDescription: String { message }
    }

    static let refusals = [
        Refusal(
            pool: MaxPool(kernel: [2], dilations: [2]), opset: 9,
            message: "MaxPool with the attribute 'dilations' needs opset 10, not 9"),
        Refusal(
            pool: MaxPool(kernel: [2], roundsUp: true), opset: 8,
            message: "MaxPool with the attribute 'ceil_mode' needs opset 10, not 8"),
        Refusal(
            pool: MaxPool(kernel: [2]), opset: 7, outputs: ["y", "i"],
            message: "MaxPool with 2 outputs needs opset 8, not 7"),
        Refusal(
            pool: MaxPool(kernel: [2]), opset: 11, type: .int8,
            message: "MaxPool of int8 needs opset 12, not 11"),
        Refusal(
            pool: MaxPool(kernel: [2]), opset: 21, type: .bfloat16,
            message: "MaxPool of bfloat16 needs opset 22, not 21"),
        Refusal(
            pool: AveragePool(kernel: [2], padding: .sameUpper, countsPadding: true), opset: 6,
            message: "AveragePool with the attribute 'count_include_pad' needs opset 7, not 6"),
        Refusal(
            pool: AveragePool(kernel: [2], dilations: [2]), opset: 6,
            message: "AveragePool with dilations needs opset 19, not 6"),
        Refusal(
            pool: LpPool(kernel: [2], roundsUp: true), opset: 6,
            message: "LpPool with this window needs opset 18, not 6"),
        Refusal(
            pool: LpPool(kernel: [2], p: 1.5), opset: 2,
            message: "a norm of order 1.5 needs opset 1, not 2"),
        Refusal(
            pool: GlobalLpPool(p: 0.5), opset: 22,
            message: "a norm of order 0.5 needs opset 1, not 22"),
    ]

    @Test(arguments: refusals) func refuses(_ test: Refusal) {
        let found = message {
            _ = try Speller.spell(
                test.pool, opset: test.opset, inputs: ["x"], outputs: test.outputs,
                known: [.tensor(test.type, [1, 2, 8])], isTaken: { _ in false })
        }
        #expect(found == test.message)
    }

    @Test func spellsOldForms() throws {
        func spell(_ pool: any Operator, _ opset: Int) throws -> [Attribute] {
            try Speller.spell(
                pool, opset: opset, inputs: ["x"], outputs: ["y"], isTaken: { _ in false }
            ).nodes[0].attributes
        }
        // Nothing is padded, so it does not matter what padding counts for.
        let mean = AveragePool(kernel: [2], countsPadding: true)
        #expect(try spell(mean, 1) == [.ints("kernel_shape", [2])])
        #expect(try spell(LpPool(kernel: [2]), 1).last == .float("p", 2))
        #expect(try spell(LpPool(kernel: [2]), 2).last == .int("p", 2))
        #expect(try spell(GlobalLpPool(p: 1.5), 1) == [.float("p", 1.5)])
        let indexless = MaxPool(
            window: SpatialWindow(kernel: [2]), hasColumnMajorIndices: true)
        #expect(try spell(indexless, 1) == [.ints("kernel_shape", [2])])
    }

    @Test func readsVersions() throws {
        func node(_ type: String, _ attributes: [Attribute]) -> Node {
            Node(type, inputs: ["x"], outputs: ["y"], attributes: attributes)
        }
        let old = try OperatorHarness.read(
            node("LpPool", [.ints("kernel_shape", [2]), .float("p", 1.5)]), opset: 1)
        #expect((old as? LpPool)?.p == 1.5)
        let new = try OperatorHarness.read(
            node("LpPool", [.ints("kernel_shape", [2]), .int("p", 3)]), opset: 18)
        #expect((new as? LpPool)?.p == 3)
        let found = message {
            _ = try OperatorHarness.read(node("GlobalLpPool", [.int("p", 0)]), opset: 2)
        }
        #expect(
            found == "node (GlobalLpPool) › attribute 'p': expected a positive number, found 0.0")
        let without = try OperatorHarness.read(node("MaxPool", []), opset: 12)
        let missing = message { _ = try OperatorHarness.value(without, .wave(1, 1, 4)) }
        #expect(missing == "attribute 'kernel_shape': expected a value, found none")
    }
}
