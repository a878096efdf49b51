import HingeGraph
import Testing

@testable import HingeOperators

/// Operators that move blocks of images, and deformed convolution.
///
/// The expected values come from PyTorch 2.13 and torchvision 0.28, where nothing else is said.
@Suite struct BlockOperatorTests {
    @Test func foldsBlocks() throws {
        let x = Tensor.wave(1, 8, 4)
        let expected = [
            0, 0.125, 0.125, 0.25, 0.75, 0.5, 0.25, -2.25, 0.375, -0.75, 1.5, -0.625, -1.25, 0.625,
            -1, -0.5, 2, -0.375,
        ]
        for type in DataType.floats {
            let y = try OperatorHarness.evaluate(
                Col2Im(), [x.cast(to: type), .ints(3, 3), .ints(2, 2)])
            #expect(y[0]?.dataType == type)
            try expectClose(y[0], expected, shape: [1, 2, 3, 3], tolerance: 0)
        }
        let eighths = try OperatorHarness.value(
            Col2Im(), Tensor(x.doubles().map { Int8($0 * 8) }, shape: x.shape), .ints(3, 3),
            .ints(2, 2))
        #expect(try eighths.doubles() == expected.map { $0 * 8 })
    }

    /// What the operator states of types that have no sum.
    @Test func foldsFlagsAndStrings() throws {
        let image = Tensor.ints(3)
        let flags = Tensor([true, false, true, false], shape: [1, 2, 2])
        let y = try OperatorHarness.value(Col2Im(), flags, image, .ints(2))
        #expect(y == Tensor([true, true, false], shape: [1, 1, 3]))
        let words = try Tensor(strings: ["a", "b", "c", "d"], shape: [1, 2, 2])
        let joined = try OperatorHarness.value(Col2Im(), words, image, .ints(2))
        #expect(joined.strings == ["a", "bc", "d"])
    }

    @Test func blocksThatDoNotFit() throws {
        let x = Tensor.wave(1, 8, 4)
        #expect(
            message { _ = try OperatorHarness.evaluate(Col2Im(), [x, .ints(4, 3), .ints(2, 2)]) }
                == "expected [3, 2] blocks for an image of [4, 3], found 4")
        #expect(
            message { _ = try OperatorHarness.evaluate(Col2Im(), [x, .ints(3, 3), .ints(3, 1)]) }
                == "8 rows are not made of blocks of [3, 1] elements")
        let inferred = try OperatorHarness.infer(
            Col2Im(),
            [
                .tensor(.float32, ["N", 8, "L"]), .tensor(.int64, [2]),
                Inferred(constant: .ints(2, 2)),
            ])
        #expect(inferred == [.tensor(.float32, .unknown(rank: 4))])
    }

    static let deformed: [Tensor?] = [
        .wave(1, 2, 3, 3), .wave(2, 1, 2, 2, seed: 1), .wave(1, 16, 2, 2, seed: 2),
        Tensor([0.5, -1] as [Float]), .wave(1, 8, 2, 2, seed: 3),
    ]

    @Test func deformsWindows() throws {
        let expected = [
            -0.16894531, 0.59277344, 0.39904785, -0.28930664, -1.1557617, -1.5073853, -0.75231934,
            -0.36279297,
        ]
        for (type, tolerance): (DataType, Double) in [
            (.float32, 1e-6), (.float64, 1e-7), (.float16, 0x1p-10), (.bfloat16, 0x1p-7),
        ] {
            let y = try OperatorHarness.evaluate(
                DeformConv(group: 2, offsetGroup: 2), Self.deformed.map { $0?.cast(to: type) })
            #expect(y[0]?.dataType == type)
            try expectClose(y[0], expected, shape: [1, 2, 2, 2], tolerance: tolerance)
        }
    }

    /// Without offsets, it is a convolution, in any number of dimensions.
    @Test(arguments: [[5], [5, 4], [4, 5, 3]])
    func isAConvolutionWithoutOffsets(_ extents: [Int]) throws {
        let rank = extents.count
        let x = Tensor.wave([2, 4] + extents)
        let weights = Tensor.wave([6, 2] + [Int](repeating: 2, count: rank), seed: 4)
        let window = SpatialWindow(
            strides: [2] + [Int](repeating: 1, count: rank - 1),
            padding: .explicit([Int](repeating: 1, count: 2 * rank)))
        let expected = try OperatorHarness.value(Conv(window: window, group: 2), x, weights)
        let offsets = try Tensor(
            zeros: .float32, shape: [2, 2 * rank << rank] + expected.shape.dropFirst(2))
        let y = try OperatorHarness.value(
            DeformConv(window: window, group: 2, offsetGroup: 2), x, weights, offsets)
        try expectClose(y, expected.doubles(), shape: expected.shape, tolerance: 1e-6)
    }

    @Test func deformedShapes() throws {
        let inferred = try OperatorHarness.infer(
            DeformConv(),
            [
                .tensor(.float32, ["N", 2, "H", "W"]), .tensor(.float32, [4, 2, 3, 3]),
                .tensor(.float32, ["N", 18, 5, "w"]),
            ])
        #expect(inferred == [.tensor(.float32, ["N", 4, 5, "w"])])
        #expect(
            message {
                _ = try OperatorHarness.evaluate(
                    DeformConv(),
                    Array(Self.deformed.prefix(1)) + [.wave(2, 2, 2, 2)]
                        + [.wave(1, 16, 2, 2)])
            }
                == "offsets [1, 16, 2, 2] in 1 groups do not fit an input [1, 2, 3, 3] and an output [1, 2, 2, 2]"
        )
    }

    @Test func gridsOfMaps() throws {
        let theta = Tensor([1, 0.5, 0.25, -0.5, 0.75, 0] as [Float], shape: [1, 2, 3])
        let two = try OperatorHarness.value(AffineGrid(), theta, .ints(1, 1, 2, 3))
        try expectClose(
            two,
            [
                -0.66666667, -0.041666667, 0, -0.375, 0.66666667, -0.70833333, -0.16666667,
                0.70833333, 0.5, 0.375, 1.1666667, 0.041666667,
            ], shape: [1, 2, 3, 2])
        // A row, whose place is 0.
        let one = try OperatorHarness.value(
            AffineGrid(alignsCorners: true), theta, .ints(1, 1, 1, 3))
        try expectClose(one, [-0.75, 0.5, 0.25, 0, 1.25, -0.5], shape: [1, 1, 3, 2])
    }

    @Test func gridsBeforeVersion20() throws {
        let node = Node("AffineGrid", inputs: ["t", "s"], outputs: ["y"])
        let theta = Inferred.tensor(.float32, ["N", 2, 3])
        let nodes = try OperatorHarness.convert(
            node, from: 20, to: 16, known: [theta, Inferred(constant: .ints(1, 1, 2, 3))]
        ).nodes
        #expect(nodes.map(\.type) == ["Transpose", "MatMul", "Reshape"])
        #expect(
            message {
                _ = try OperatorHarness.convert(
                    node, from: 20, to: 10, known: [theta, .tensor(.int64, [4])])
            } == "AffineGrid of a size that is computed needs opset 11, not 10")
        let inferred = try OperatorHarness.infer(
            AffineGrid(),
            [theta, Inferred(type: .tensor(.int64, [4]), elements: ["N", 1, "H", 3])])
        #expect(inferred == [.tensor(.float32, ["N", "H", 3, 2])])
    }

    /// The expected values are those of the standard's description.
    @Test func cropsAndPads() throws {
        let words = try Tensor(strings: ["a", "b", "c", "d", "e"], shape: [5])
        let crop = try OperatorHarness.value(CenterCropPad(), words, .ints(2))
        #expect(crop.strings == ["b", "c"])
        let pad = try OperatorHarness.value(CenterCropPad(axes: [-1]), words, .ints(8))
        #expect(pad.strings == ["", "a", "b", "c", "d", "e", "", ""])
        let known: [Inferred?] = [
            .tensor(.float32, ["N", 5]), Inferred(constant: .ints(4)),
        ]
        let operation = CenterCropPad(axes: [1])
        #expect(try OperatorHarness.infer(operation, known) == [.tensor(.float32, ["N", 4])])
        let node = Node(
            "CenterCropPad", inputs: ["x", "s"], outputs: ["y"], attributes: [.ints("axes", [1])])
        let older = try OperatorHarness.convert(node, from: 18, to: 10, known: known).nodes
        #expect(older.map(\.type) == ["Pad"])
        #expect(older[0][attribute: "pads"] == .ints([0, 0, 0, -1]))
    }

    /// The expected values are those of the standard's tests.
    @Test func unpools() throws {
        let x = Tensor([1, 2, 3, 4] as [Float], shape: [1, 1, 2, 2])
        let places = Tensor.ints(5, 7, 13, 15)
        let operation = MaxUnpool(kernel: [2, 2], strides: [2, 2])
        let inputs: [Tensor?] = [x, try places.reshaped(to: [1, 1, 2, 2])]
        var expected = [Double](repeating: 0, count: 16)
        for (place, value) in [(5, 1.0), (7, 2), (13, 3), (15, 4)] { expected[place] = value }
        let plain = try OperatorHarness.evaluate(operation, inputs)
        try expectClose(plain[0], expected, shape: [1, 1, 4, 4], tolerance: 0)
        let larger = try OperatorHarness.evaluate(operation, inputs + [.ints(1, 1, 5, 5)])
        var placed = [Double](repeating: 0, count: 25)
        for (place, value) in [(6, 1.0), (8, 2), (16, 3), (18, 4)] { placed[place] = value }
        try expectClose(larger[0], placed, shape: [1, 1, 5, 5], tolerance: 0)
        // Places in a smaller result are its own.
        let smaller = try OperatorHarness.evaluate(
            operation, [x, Tensor.ints(0, 2, 6, 8).reshaped(to: [1, 1, 2, 2]), .ints(1, 1, 3, 3)])
        try expectClose(
            smaller[0], [1, 0, 2, 0, 0, 0, 3, 0, 4], shape: [1, 1, 3, 3], tolerance: 0)
        let inferred = try OperatorHarness.infer(
            operation, [.tensor(.float32, ["N", 1, 2, "W"]), .tensor(.int64, nil)])
        #expect(inferred == [.tensor(.float32, ["N", 1, 4, .unknown])])
    }
}
