import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX Runtime 1.32.
@Suite struct ConvTransposeTests {
    /// A transposed convolution and what comes of it.
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var input: [Int]
        var weights: [Int]
        var hasBias = false
        var convolution: ConvTranspose
        var shape: [Int]
        var expected: [Double]
    }

    static let cases = [
        Case(
            testDescription: "strides, uneven padding, a bias", input: [1, 2, 2, 3],
            weights: [2, 3, 3, 2], hasBias: true,
            convolution: ConvTranspose(strides: [2, 1], padding: .explicit([1, 0, 0, 1])),
            shape: [1, 3, 4, 3],
            expected: [
                -2.5, 1.203125, -2.734375, 0.34375, -0.921875, -2.6875, 1.453125, -2.34375,
                -1.96875, -1.953125, -1.578125, 1.015625, 0.25, 1.09375, 0.9375, -0.65625, -1.25,
                -0.84375, 0.890625, 0.625, -0.609375, 1.4375, 2.109375, -0.140625, 0.125, -1.53125,
                -1.140625, -1.65625, -0.859375, 1.71875, -1.109375, -0.359375, 1.828125, -0.5625,
                -1.390625, -2.015625,
            ]),
        Case(
            testDescription: "groups, dilations, output padding", input: [1, 4, 3],
            weights: [4, 1, 2],
            convolution: ConvTranspose(
                strides: [3], dilations: [2], group: 2, outputPadding: [1]),
            shape: [1, 2, 10],
            expected: [
                0.6875, 0, -0.1875, -2.703125, 0, 0.75, 0.375, 0, -0.109375, 0, 0.578125, 0,
                -2.71875, -0.59375, 0, 0.4375, 0.390625, 0, 0.71875, 0,
            ]),
        Case(
            testDescription: "padded the same, more above", input: [1, 1, 4], weights: [1, 1, 4],
            convolution: ConvTranspose(strides: [2], padding: .sameUpper),
            shape: [1, 1, 8],
            expected: [0, -0.984375, 0.28125, 2.09375, -0.578125, -1.296875, 0.359375, 0.6875]),
        Case(
            testDescription: "padded the same, more below", input: [1, 1, 4], weights: [1, 1, 3],
            convolution: ConvTranspose(strides: [2], padding: .sameLower),
            shape: [1, 1, 8],
            expected: [0, -0.984375, 0.28125, 2.09375, -0.15625, -1.296875, 0.125, 0.6875]),
        Case(
            testDescription: "3-D", input: [1, 1, 2, 2, 2], weights: [1, 1, 2, 1, 2],
            convolution: ConvTranspose(strides: [1, 2, 1]),
            shape: [1, 1, 3, 3, 3],
            expected: [
                0, -0.984375, 0.28125, 0, 0, 0, 0.546875, -0.59375, 0.125, 1.09375, 1.34375,
                -0.453125, 0, 0, 0, -1.734375, 1.828125, -0.375, -1.71875, 0.296875, 0.046875, 0, 0,
                0, 1.375, -1.40625, 0.28125,
            ]),
        Case(
            testDescription: "a larger output", input: [2, 1, 3], weights: [1, 2, 3],
            convolution: ConvTranspose(strides: [2], outputShape: [8]),
            shape: [2, 2, 8],
            expected: [
                0, 0, -0.984375, 0.28125, 2.09375, -0.15625, -0.859375, 0, 0, 0, -0.421875, 0.84375,
                -0.890625, -0.46875, 0.625, 0, -0.4375, 0.125, 1.78125, -0.3125, -1.609375,
                -0.03125, -0.171875, 0, -0.1875, 0.375, -0.03125, -0.9375, 1.296875, -0.09375,
                0.125, 0,
            ]),
        Case(
            testDescription: "a smaller output", input: [1, 1, 3], weights: [1, 1, 4],
            convolution: ConvTranspose(strides: [2], outputShape: [5]),
            shape: [1, 1, 5], expected: [-0.984375, 0.28125, 2.09375, -0.578125, -0.859375]),
        Case(
            testDescription: "padded the same, the window shorter than the stride",
            input: [1, 1, 3], weights: [1, 1, 1],
            convolution: ConvTranspose(strides: [3], padding: .sameUpper),
            shape: [1, 1, 7], expected: [0, 0, 0, -0.984375, 0, 0, 0.546875]),
    ]

    @Test(arguments: cases) func spreads(_ test: Case) throws {
        let bias = test.hasBias ? Tensor.wave([test.shape[1]], seed: 2) : nil
        let inputs = [.wave(test.input), .wave(test.weights, seed: 1), bias]
        // Sums of eighths squared are exact in Float; half types round the result once.
        for (type, tolerance): (DataType, Double) in [
            (.float32, 0), (.float64, 0), (.float16, 0x1p-10), (.bfloat16, 0x1p-7),
        ] {
            let y = try OperatorHarness.evaluate(
                test.convolution, inputs.map { $0?.cast(to: type) })[0]
            #expect(y?.dataType == type)
            try expectClose(y, test.expected, shape: test.shape, tolerance: tolerance)
        }
        let inferred = try OperatorHarness.infer(
            test.convolution, inputs.map { $0.map { .tensor(.float32, Shape($0.shape)) } })
        #expect(inferred == [.tensor(.float32, Shape(test.shape))])
    }

    @Test func isTheTransposeOfTheConvolution() throws {
        // ⟨conv(x), y⟩ = ⟨x, convᵀ(y)⟩, whatever the window.
        let window = SpatialWindow(
            strides: [2, 1], dilations: [1, 2], padding: .explicit([1, 0, 1, 2]))
        let (x, w) = (Tensor.wave(1, 4, 7, 6), Tensor.wave(6, 2, 3, 2, seed: 1))
        let forward = try OperatorHarness.value(Conv(window: window, group: 2), x, w)
        let y = Tensor.wave(forward.shape, seed: 2)
        let back = try OperatorHarness.value(ConvTranspose(window: window, group: 2), y, w)
        #expect(back.shape == x.shape)
        func product(_ a: Tensor, _ b: Tensor) throws -> Double {
            zip(try a.doubles(), try b.doubles()).map { $0 * $1 }.reduce(0, +)
        }
        #expect(try product(forward, y) == product(x, back))
    }

    @Test func infersUnknownDimensions() throws {
        func infer(_ convolution: ConvTranspose, _ x: Shape, _ w: Shape?) throws -> Shape? {
            try OperatorHarness.infer(
                convolution,
                [.tensor(.float32, x), w.map { .tensor(.float32, $0) } ?? Inferred()]
            )[0].type?.shape
        }
        let w: Shape = [3, 8, 3, 3]
        #expect(try infer(ConvTranspose(), ["N", 3, 4, "W"], w) == ["N", 8, 6, .unknown])
        let same = ConvTranspose(padding: .sameUpper)
        #expect(try infer(same, ["N", 3, 4, "W"], w) == ["N", 8, 4, "W"])
        let stated = ConvTranspose(strides: [2, 2], outputShape: [1, 8, 9, 10])
        #expect(try infer(stated, ["N", 3, "H", "W"], w) == ["N", 8, 9, 10])
        let groups = ConvTranspose(group: 3)
        #expect(
            try infer(groups, ["N", 3, 4, 4], nil) == ["N", .unknown, .unknown, .unknown])
        #expect(try infer(groups, ["N", 3, 4, 4], w) == ["N", 24, 6, 6])
    }

    @Test func refuses() {
        func error(_ convolution: ConvTranspose, _ x: [Int], _ w: [Int]) -> String {
            message { _ = try OperatorHarness.value(convolution, .wave(x), .wave(w)) }
        }
        #expect(
            error(ConvTranspose(), [1, 3, 4], [2, 1, 2])
                == "weights [2, 1, 2] in 1 group do not fit 3 channels")
        #expect(
            error(ConvTranspose(padding: .explicit([3, 3])), [1, 1, 2], [1, 1, 2])
                == "attribute 'pads': padding of 3 and 3 leaves nothing of 3 elements")
        #expect(
            error(ConvTranspose(outputPadding: [1, 1]), [1, 1, 2], [1, 1, 2])
                == "attribute 'output_padding': expected 1 integer, found 2")
    }

    @Test func readsAndSpells() throws {
        let node = Node(
            "ConvTranspose", inputs: ["x", "w"], outputs: ["y"],
            attributes: [
                .ints("strides", [2]), .int("group", 2), .ints("output_padding", [1]),
                .ints("output_shape", [9]),
            ])
        for opset in [1, 11, 22] {
            let spelled = try OperatorHarness.convert(node, from: 1, to: opset)
            #expect(spelled.nodes == [node])
        }
    }
}
