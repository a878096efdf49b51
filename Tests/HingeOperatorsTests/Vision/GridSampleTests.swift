import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from PyTorch 2.13, where nothing else is said.
@Suite struct GridSampleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var mode: GridSample.Mode
        var outside: GridSample.Outside
        var alignsCorners: Bool
        var expected: [Double]

        init(
            _ mode: GridSample.Mode, _ outside: GridSample.Outside, _ alignsCorners: Bool,
            _ expected: [Double]
        ) {
            (self.mode, self.outside) = (mode, outside)
            (self.alignsCorners, self.expected) = (alignsCorners, expected)
        }

        var testDescription: String {
            "\(mode), \(outside), \(alignsCorners ? "corners aligned" : "edges aligned")"
        }

        var operation: GridSample {
            GridSample(mode, outside: outside, alignsCorners: alignsCorners)
        }
    }

    static let grid = Tensor(
        [-1.25, -0.875, -0.375, 0.5, 0.125, 1.625, 1.1875, -0.25] as [Float], shape: [1, 2, 2, 2])

    static let cases = [
        Case(.nearest, .zeros, false, [0, 1.375, 0, 0]),
        Case(.nearest, .zeros, true, [0, 1.375, 0, 0.75]),
        Case(.nearest, .border, false, [0, 1.375, 0.25, 0.75]),
        Case(.nearest, .border, true, [0, 1.375, 0.25, 0.75]),
        Case(.nearest, .reflection, false, [0, 1.375, 0.25, 0.75]),
        Case(.nearest, .reflection, true, [0, 1.375, -1, 0.75]),
        Case(.linear, .zeros, false, [0, 0.8046875, 0, 0.03515625]),
        Case(.linear, .zeros, true, [0.09765625, 0.73046875, 0.22558594, 0.31445312]),
        Case(.linear, .border, false, [0, 0.8046875, 0.53125, 0.28125]),
        Case(.linear, .border, true, [0.15625, 0.73046875, 0.6015625, 0.4375]),
        Case(.linear, .reflection, false, [0, 0.8046875, -0.015625, 0.28125]),
        Case(.linear, .reflection, true, [-0.265625, 0.73046875, -0.1796875, 0.14746094]),
        Case(.cubic, .zeros, false, [0, 1.1317768, -0.071123332, 0.056312084]),
        Case(.cubic, .zeros, true, [0.2299124, 1.0356419, 0.39820632, 0.60823298]),
        Case(.cubic, .border, false, [-0.13847351, 1.0161457, 0.68505859, 0.48864833]),
        Case(.cubic, .border, true, [0.27411279, 0.9091146, 0.90458328, 0.79094468]),
        Case(.cubic, .reflection, false, [-0.20141602, 1.0161457, -0.12907949, 0.56256795]),
        Case(.cubic, .reflection, true, [-0.34078407, 1.0113125, -0.31247344, 0.38301462]),
    ]

    @Test(arguments: cases) func samples(_ test: Case) throws {
        let x = Tensor.wave(1, 1, 3, 4)
        for (type, tolerance): (DataType, Double) in [
            (.float32, 1e-6), (.float64, 1e-7), (.float16, 0x1p-10), (.bfloat16, 0x1p-7),
        ] {
            for grid in [Self.grid, Self.grid.cast(to: type)] {
                let y = try OperatorHarness.evaluate(test.operation, [x.cast(to: type), grid])
                #expect(y[0]?.dataType == type)
                try expectClose(
                    y[0], test.expected, shape: [1, 1, 2, 2], tolerance: tolerance)
            }
        }
    }

    /// Integers and flags: the mixtures above, cut off, or unlike 0.
    @Test func mixturesOfIntegers() throws {
        let x = Tensor((0..<12).map { Int64($0 * 10) }, shape: [1, 1, 3, 4])
        let exact = try OperatorHarness.value(GridSample(), x.cast(to: .float64), Self.grid)
        let whole = try OperatorHarness.value(GridSample(), x, Self.grid)
        #expect(try whole.integers() == exact.doubles().map { Int($0) })
        let flags = try OperatorHarness.value(GridSample(), x.cast(to: .bool), Self.grid)
        #expect(try flags.doubles() == exact.doubles().map { $0 == 0 ? 0 : 1 })
    }

    @Test func stringsAreTakenAsTheyAre() throws {
        let words = try Tensor(strings: ["a", "b", "c", "d"], shape: [1, 1, 2, 2])
        let grid = Tensor([-0.5, -0.5, 0.5, 0.5, 9, 0] as [Float], shape: [1, 1, 3, 2])
        let y = try OperatorHarness.value(GridSample(.nearest), words, grid)
        #expect(y.strings == ["a", "d", ""])
        #expect(throws: HingeError.self) {
            try OperatorHarness.evaluate(GridSample(), [words, grid])
        }
    }

    @Test func complexNumbersArePairs() throws {
        let parts = [1, 10, 3, 30, 5, 50, 7, 70] as [Float]
        let region = try #require(Tensor(parts).region)
        let x = try Tensor(dataType: .complex64, shape: [1, 1, 2, 2], region: region)
        let grid = Tensor([0, 0] as [Float], shape: [1, 1, 1, 2])
        let y = try OperatorHarness.value(GridSample(), x, grid)
        #expect(y.dataType == .complex64)
        let numbers = y.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(numbers == [4, 40])
    }

    @Test(arguments: GridSample.Outside.allCases)
    func placesThatAreNoPlaces(_ outside: GridSample.Outside) throws {
        let x = Tensor.wave(1, 1, 3, 4)
        let grid = Tensor(
            [.nan, 0, 0, .nan, 1e30, 0, -.infinity, 0] as [Float], shape: [1, 2, 2, 2])
        let linear = try OperatorHarness.value(GridSample(outside: outside), x, grid).doubles()
        #expect(linear[0].isNaN && linear[1].isNaN)
        let nearest = try OperatorHarness.value(
            GridSample(.nearest, outside: outside), x, grid
        ).doubles()
        #expect(nearest[0] == 0 && nearest[1] == 0)
        switch outside {
        case .zeros: #expect(linear[2] == 0 && linear[3] == 0 && nearest[2] == 0)
        case .border:
            let ends = [try x.doubles()[7], try x.doubles()[4]]
            #expect(linear[2] == ends[0] && linear[3] == ends[1] && nearest[2] == ends[0])
        case .reflection: #expect(linear[2].isFinite && linear[3].isNaN)
        }
    }

    @Test func imagesWithoutElements() throws {
        let x = try Tensor(zeros: .float32, shape: [1, 2, 0, 4])
        let y = try OperatorHarness.value(GridSample(), x, Self.grid)
        #expect(try y.doubles() == [Double](repeating: 0, count: 8))
        #expect(
            message {
                _ = try OperatorHarness.evaluate(GridSample(outside: .border), [x, Self.grid])
            } == "cannot sample images of shape [1, 2, 0, 4]")
    }

    @Test func shapes() throws {
        let inferred = try OperatorHarness.infer(
            GridSample(),
            [.tensor(.float16, ["N", "C", "H", "W"]), .tensor(.float32, ["N", 7, "w", 2])])
        #expect(inferred == [.tensor(.float16, ["N", "C", 7, "w"])])
        #expect(
            message {
                _ = try OperatorHarness.infer(
                    GridSample(),
                    [.tensor(.float32, [1, 1, 4, 4]), .tensor(.float32, [1, 2, 2, 3])])
            } == "expected places of 2 coordinates, found 3")
    }

    @Test func namesOfVersions() throws {
        let node = Node(
            "GridSample", inputs: ["x", "g"], outputs: ["y"], attributes: [.string("mode", "cubic")]
        )
        let known: [Inferred?] = [
            .tensor(.float32, [1, 1, 4, 4]), .tensor(.float32, [1, 2, 2, 2]),
        ]
        let older = try OperatorHarness.convert(node, from: 20, to: 16, known: known).nodes[0]
        #expect(older[attribute: "mode"] == .string("bicubic"))
        #expect(throws: HingeError.self) { try OperatorHarness.read(node, opset: 16) }
        #expect(
            message { _ = try OperatorHarness.convert(node, from: 20, to: 10, known: known) }
                == "GridSample needs opset 11, not 10")
        let whole: [Inferred?] = [.tensor(.int32, [1, 1, 4, 4]), .tensor(.float32, [1, 2, 2, 2])]
        #expect(
            message { _ = try OperatorHarness.convert(node, from: 20, to: 15, known: whole) }
                == "GridSample that mixes int32 needs opset 16, not 15")
    }
}
