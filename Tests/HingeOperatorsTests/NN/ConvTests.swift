import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX Runtime 1.32.
@Suite struct ConvTests {
    /// A convolution and what comes of it.
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var input: [Int]
        var weights: [Int]
        var hasBias = false
        var conv: Conv
        var shape: [Int]
        var expected: [Double]
    }

    static let cases = [
        Case(
            testDescription: "strides, uneven padding, a bias", input: [1, 2, 5, 4],
            weights: [3, 2, 3, 2], hasBias: true,
            conv: Conv(strides: [2, 1], padding: .explicit([1, 0, 1, 1])),
            shape: [1, 3, 3, 4],
            expected: [
                -2.984375, -0.75, -0.671875, 0.40625, 1.65625, -3.890625, -3.328125, 1.09375,
                1.359375, -2.28125, -3.046875, 0.4375, 1.3125, 1.421875, 1.890625, -0.125,
                -0.578125, -0.6875, 2.078125, -0.078125, 1.359375, -1.890625, 0.25, 0.453125,
                -0.140625, 1.078125, -3.09375, 0.0625, -1.015625, 2.515625, -2.578125, -1.96875,
                -4.390625, 2.453125, 0.671875, -1.6875,
            ]),
        Case(
            testDescription: "groups and dilations", input: [1, 4, 4, 4], weights: [4, 2, 2, 2],
            conv: Conv(dilations: [2, 1], group: 2), shape: [1, 4, 2, 3],
            expected: [
                2.234375, -3.265625, -2.65625, 0, 0.96875, 0.5, 3.09375, -1.546875, 2.078125,
                -0.734375, 3.25, -4.625, 0.46875, 2.4375, -1.34375, 0.796875, 0.25, 2.578125,
                -0.28125, 2.90625, -1.8125, 1.6875, 0.203125, 2.671875,
            ]),
        Case(
            testDescription: "1-D, padded the same, more above", input: [1, 1, 7],
            weights: [2, 1, 4], conv: Conv(strides: [2], padding: .sameUpper), shape: [1, 2, 4],
            expected: [
                1.78125, 0.015625, -1.296875, 0.359375, -0.640625, -0.03125, 2.859375, -1.09375,
            ]),
        Case(
            testDescription: "1-D, padded the same, more below", input: [1, 1, 7],
            weights: [2, 1, 4], conv: Conv(strides: [2], padding: .sameLower), shape: [1, 2, 4],
            expected: [-0.421875, -0.765625, -1, 2.4375, 1.40625, -0.578125, -1.28125, -0.6875]),
        Case(
            testDescription: "3-D", input: [1, 2, 3, 3, 3], weights: [1, 2, 2, 2, 2],
            conv: Conv(), shape: [1, 1, 2, 2, 2],
            expected: [3.296875, -0.734375, 4.5, -6.71875, -4.953125, 2.875, -3.75, 5.15625]),
        Case(
            testDescription: "depthwise", input: [1, 3, 3, 3], weights: [3, 1, 2, 2],
            hasBias: true, conv: Conv(padding: .explicit([1, 1, 0, 0]), group: 3),
            shape: [1, 3, 3, 3],
            expected: [
                -1.125, -1.546875, 0.65625, -1.3125, 0.3125, -3.9375, -1.375, -0.21875, -1.234375,
                -1.09375, 0.140625, 1.6875, 0.90625, 0.046875, 1.3125, 1.03125, 0.609375, -1.71875,
                -0.5, -0.640625, -1.90625, -0.421875, -0.484375, -0.171875, -0.109375, -2.78125,
                0.765625,
            ]),
        Case(
            testDescription: "five maps, two samples", input: [2, 1, 4], weights: [5, 1, 2],
            conv: Conv(padding: .valid), shape: [2, 5, 3],
            expected: [
                0.28125, -1.140625, 0.671875, -0.421875, 1.78125, -1.046875, -1.125, 1.46875,
                -0.96875, 1.40625, -0.640625, 0.546875, 0.703125, -0.953125, 0.625, 1.0625,
                0.359375, -1.0625, -1.671875, -0.546875, 1.65625, -0.8125, -1.09375, 1.5, -0.3125,
                1.234375, -0.8125, 0.546875, 0.6875, -0.96875,
            ]),
    ]

    @Test(arguments: cases) func convolves(_ test: Case) throws {
        let bias = test.hasBias ? Tensor.wave([test.weights[0]], seed: 2) : nil
        let inputs = [.wave(test.input), .wave(test.weights, seed: 1), bias]
        // Sums of eighths squared are exact in Float; half types round the result once.
        for (type, tolerance): (DataType, Double) in [
            (.float32, 0), (.float64, 0), (.float16, 0x1p-10), (.bfloat16, 0x1p-7),
        ] {
            let typed = inputs.map { $0?.cast(to: type) }
            let y = try OperatorHarness.evaluate(test.conv, typed)[0]
            #expect(y?.dataType == type)
            try expectClose(y, test.expected, shape: test.shape, tolerance: tolerance)
        }
        let inferred = try OperatorHarness.infer(
            test.conv, inputs.map { $0.map { .tensor(.float32, Shape($0.shape)) } })
        #expect(inferred == [.tensor(.float32, Shape(test.shape))])
    }

    @Test func largerProductsAgreeWithTheDefinition() throws {
        // More channels, maps and positions than one block of the matrix product holds.
        let x = Tensor.wave(1, 40, 37, 33)
        let w = Tensor.wave(9, 40, 3, 3, seed: 3)
        let y = try OperatorHarness.value(Conv(strides: [1, 2], padding: .sameUpper), x, w)
        #expect(y.shape == [1, 9, 37, 17])
        let (input, weights) = try (x.array(of: Float.self), w.array(of: Float.self))
        let result = try y.array(of: Float.self)
        for (map, row, column) in [(0, 0, 0), (8, 36, 16), (4, 17, 9), (3, 36, 0), (7, 1, 16)] {
            var sum: Double = 0
            for channel in 0..<40 {
                for tap in 0..<9 {
                    let h = row + tap / 3 - 1
                    let v = column * 2 + tap % 3 - 1
                    guard (0..<37).contains(h), (0..<33).contains(v) else { continue }
                    let left = input[(channel * 37 + h) * 33 + v]
                    let right = weights[(map * 40 + channel) * 9 + tap]
                    sum += Double(left) * Double(right)
                }
            }
            let found = Double(result[(map * 37 + row) * 17 + column])
            #expect(abs(found - sum) < 1e-4)
        }
    }

    @Test func emptyBatchesAndChannels() throws {
        let none = try OperatorHarness.value(Conv(), .wave(0, 2, 4, 4), .wave(3, 2, 2, 2))
        #expect(none.shape == [0, 3, 3, 3])
        let zeros = try OperatorHarness.value(
            Conv(), .wave(1, 0, 2, 2), .wave(2, 0, 2, 2), .wave(2, seed: 2))
        #expect(try zeros.doubles() == [-1.125, 0.625])
    }

    @Test func infersUnknownDimensions() throws {
        func infer(_ conv: Conv, _ x: Shape, _ w: Shape?) throws -> Shape? {
            try OperatorHarness.infer(
                conv, [.tensor(.float32, x), w.map { .tensor(.float32, $0) } ?? Inferred()]
            )[0].type?.shape
        }
        let w: Shape = [8, 3, 3, 3]
        #expect(try infer(Conv(), ["N", 3, 8, "W"], w)?.description == "[N, 8, 6, W - 2]")
        let same = Conv(padding: .explicit([1, 1, 1, 1]))
        #expect(try infer(same, ["N", 3, "H", "W"], w) == ["N", 8, "H", "W"])
        let half = Conv(strides: [2, 2], padding: .sameUpper)
        #expect(
            try infer(half, ["N", 3, 9, "W"], w)?.description == "[N, 8, 5, floor((W + 1)/2)]")
        #expect(try infer(half, ["N", "C", 9, 8], nil) == ["N", .unknown, 5, 4])
        #expect(try infer(Conv(), ["N", 3, 9, 8], nil) == ["N", .unknown, .unknown, .unknown])
        let unknown = try OperatorHarness.infer(Conv(), [Inferred(), .tensor(.float32, w)])
        #expect(unknown[0].type?.shape == [.unknown, 8, .unknown, .unknown])
    }

    @Test func resolvesPads() throws {
        let conv = Conv(strides: [2], padding: .sameUpper)
        let upper = try conv.resolvedPads(input: [8], kernel: [5])
        #expect(upper.begin == [1] && upper.end == [2])
        let lower = try Conv(strides: [2], padding: .sameLower).geometry(input: [8], kernel: [5])
        #expect(lower.padsBegin == [2] && lower.padsEnd == [1] && lower.output == [4])
    }

    /// A convolution that makes no sense, and why.
    struct Refusal: CustomTestStringConvertible {
        var conv: Conv
        var input: [Int] = [1, 4, 3, 3]
        var weights: [Int] = [2, 4, 3, 3]
        var message: String
        var testDescription: String { message }
    }

    static let refusals = [
        Refusal(
            conv: Conv(dilations: [2, 1]),
            message: "a window that reaches over 5 elements does not fit in 3"),
        Refusal(
            conv: Conv(strides: [1]),
            message: "attribute 'strides': expected 2 integers, found 1"),
        Refusal(
            conv: Conv(strides: [0, 1]),
            message: "attribute 'strides': expected integers from 1 to 1073741824, found 0"),
        Refusal(
            conv: Conv(padding: .explicit([0, 0, -1, 0])),
            message: "attribute 'pads': expected integers from 0 to 1073741824, found -1"),
        Refusal(
            conv: Conv(group: 3),
            message: "weights [2, 4, 3, 3] in 3 groups do not fit 4 channels"),
        Refusal(
            conv: Conv(group: 0), message: "attribute 'group': expected 1 or more, found 0"),
        Refusal(
            conv: Conv(group: 2), weights: [3, 2, 3, 3],
            message: "3 feature maps cannot be divided into 2 groups"),
        Refusal(
            conv: Conv(window: SpatialWindow(kernel: [3, 2])),
            message: "attribute 'kernel_shape': expected the weights' extents [3, 3], found [3, 2]"),
        Refusal(
            conv: Conv(), input: [1, 4], weights: [2, 4],
            message: "expected input and weights of one rank, 3 or more, found [1, 4] and [2, 4]"),
        Refusal(
            conv: Conv(dilations: [.max, 1]),
            message: "attribute 'dilations': expected integers from 1 to 1073741824, found "
                + "9223372036854775807"),
    ]

    @Test(arguments: refusals) func refuses(_ test: Refusal) {
        let (x, w) = (Tensor.wave(test.input), Tensor.wave(test.weights))
        let evaluated = message { _ = try OperatorHarness.value(test.conv, x, w) }
        #expect(evaluated == test.message)
        let inferred = message {
            _ = try OperatorHarness.infer(
                test.conv,
                [.tensor(.float32, Shape(test.input)), .tensor(.float32, Shape(test.weights))])
        }
        #expect(inferred == test.message)
    }

    @Test func refusesAnotherBias() {
        let evaluated = message {
            _ = try OperatorHarness.value(Conv(), .wave(1, 1, 3), .wave(2, 1, 2), .wave(3))
        }
        #expect(evaluated == "expected a bias of shape [2], found [3]")
    }

    @Test func readsAndSpells() throws {
        let node = Node(
            "Conv", inputs: ["x", "w"], outputs: ["y"],
            attributes: [
                .string("auto_pad", "NOTSET"), .ints("dilations", [1, 2]), .int("group", 2),
                .ints("kernel_shape", [3, 3]), .ints("pads", [0, 1, 0, 1]),
                .ints("strides", [2, 2]),
            ])
        let conv = try #require(try OperatorHarness.read(node, opset: 1) as? Conv)
        #expect(conv.kernel == [3, 3] && conv.strides == [2, 2] && conv.dilations == [1, 2])
        #expect(conv.padding == .explicit([0, 1, 0, 1]) && conv.group == 2)
        for opset in [1, 11, 22] {
            let spelled = try OperatorHarness.convert(node, from: 7, to: opset)
            let again = try OperatorHarness.read(try #require(spelled.nodes.first), opset: opset)
            #expect((again as? Conv)?.window == conv.window)
        }
        let wrong = Node(
            "Conv", name: "c", inputs: ["x", "w"], outputs: ["y"],
            attributes: [.string("auto_pad", "SAME")])
        #expect(
            message { _ = try OperatorHarness.read(wrong, opset: 22) }
                == "node 'c' (Conv) › attribute 'auto_pad': expected one of 'NOTSET', 'VALID', "
                + "'SAME_UPPER', 'SAME_LOWER', found 'SAME'")
    }
}
