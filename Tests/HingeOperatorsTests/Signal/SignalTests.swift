import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from NumPy 2.4's `fft`, windows from SciPy 1.16, and the others from ONNX's reference evaluator 1.23.
@Suite("Signals")
struct SignalTests {
    private static let numbers: [Double] = [1, -2, 0.5, 3, 0.25, -1, 2]

    /// A line of real or complex numbers and its transform.
    struct Line: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var transform: DFT
        var x: [Double]
        var parts = 1
        var length: Int?
        var y: [Double]
    }

    static let lines = [
        Line(
            testDescription: "half of 7 real numbers", transform: DFT(isOneSided: true), x: numbers,
            y: [
                3.75, 0, -1.8168883537047047, 0.47175377902609905, 3.4768262899920934,
                6.700573834190713, -0.0349379362873885, 0.22723042167226204,
            ]),
        Line(
            testDescription: "5 complex numbers", transform: DFT(),
            x: [1, 0.5, -2, 3, 0.5, 0.25, 3, -1, 0.25, 2], parts: 2,
            y: [
                2.75, 4.75, -0.686551138807729, 6.261188010051226, 2.8963038273920056,
                -4.831972190735767, 4.098374613544943, -2.721723244576129, -4.058127302129218,
                -0.9574925747393301,
            ]),
        Line(
            testDescription: "7 real numbers and a zero", transform: DFT(isOneSided: true),
            x: numbers, length: 8,
            y: [
                3.75, 0, -2.0784271247461903, 0.08578643762690485, -1.25, 6, 3.5784271247461903,
                -2.914213562373095, 3.75, 0,
            ]),
        Line(
            testDescription: "the first 3 numbers, inverse", transform: DFT(isInverse: true),
            x: numbers, length: 3,
            y: [
                -1.0 / 6, 0, 0.5833333333333333, -0.721687836487032, 0.5833333333333333,
                0.721687836487032,
            ]),
        Line(
            testDescription: "6 numbers from half a spectrum",
            transform: DFT(isInverse: true, isOneSided: true),
            x: [1, 2, -1, 0.5, 2, -1, 0.25, 3], parts: 2,
            y: [
                0.5416666666666666, -0.2306624327025936, -0.39134603522555267, 1.125,
                0.474679368558886, -0.5193375672974063,
            ]),
        Line(
            testDescription: "5 numbers from half a spectrum",
            transform: DFT(isInverse: true, isOneSided: true),
            x: [1, 2, -1, 0.5, 2, -1, 0.25, 3], parts: 2, length: 5,
            y: [
                0.6000000000000001, -0.5259175955919785, 0.2728407362733809, 1.2688000502264931,
                -0.6157231909078955,
            ]),
    ]

    @Test(arguments: lines, [DataType.float64, .float32, .float16, .bfloat16])
    func transforms(_ line: Line, _ type: DataType) throws {
        let x = try Tensor(line.x, shape: [1, line.x.count / line.parts, line.parts])
            .converted(to: type)
        let y = try OperatorHarness.value(line.transform, x, line.length.map { .ints($0) })
        let parts = line.transform.isInverse && line.transform.isOneSided ? 1 : 2
        #expect(y.shape == [1, line.y.count / parts, parts])
        // Zeros are sums that cancel: their error is that of the numbers beside them. Narrow types hold the input exactly.
        try expectClose(y, line.y, units: type == .float64 ? 8 : 1, floor: 4)
    }

    /// The transform by its definition, the roots of unity in double precision.
    private static func definition(_ x: [Double], parts: Int, _ length: Int) -> [Double] {
        let roots = (0..<length).map { ComplexFactor(turns: $0, of: length) }
        return (0..<length).flatMap { k -> [Double] in
            var (real, imaginary) = (0.0, 0.0)
            for j in 0..<length {
                let root = roots[j * k % length]
                let (a, b) = (x[j * parts], parts == 2 ? x[j * parts + 1] : 0)
                real += a * root.real - b * root.imaginary
                imaginary += a * root.imaginary + b * root.real
            }
            return [real, imaginary]
        }
    }

    @Test(
        "Any length, along any axis, real and complex", arguments: Array(1...66) + [97, 120, 221])
    func lengths(_ length: Int) throws {
        var generator = SeededGenerator(seed: UInt64(length))
        for parts in 1...2 {
            let lines: [[Double]] = (0..<5).map { _ in
                (0..<length * parts).map { _ in generator.normal() }
            }
            // [5, length, parts], and [length, 5, parts].
            let rows = Tensor(lines.flatMap(\.self), shape: [5, length, parts])
            var turned: [Double] = []
            for index in 0..<length {
                for line in lines { turned += line[index * parts..<(index + 1) * parts] }
            }
            let columns = Tensor(turned, shape: [length, 5, parts])
            let alongRows = try OperatorHarness.value(DFT(), rows).doubles()
            let alongColumns = try OperatorHarness.value(DFT(axis: 0), columns).doubles()
            let scale = Double(length).squareRoot()
            for (line, x) in lines.enumerated() {
                let expected = SignalTests.definition(x, parts: parts, length)
                for (place, goal) in expected.enumerated() {
                    let found = alongRows[line * 2 * length + place]
                    #expect(abs(found - goal) < 2e-14 * scale, "\(place) of line \(line)")
                    let (index, part) = place.quotientAndRemainder(dividingBy: 2)
                    #expect(alongColumns[(index * 5 + line) * 2 + part] == found)
                }
            }
            let spectrum = try OperatorHarness.value(DFT(), rows)
            let back = try OperatorHarness.value(DFT(isInverse: true), spectrum).doubles()
            for (index, value) in try rows.doubles().enumerated() {
                #expect(abs(back[index * 2 / parts] - value) < 1e-14 * scale)
            }
        }
    }

    @Test("One line is transformed as it is among others")
    func singleLine() throws {
        var generator = SeededGenerator(seed: 3)
        let x = (0..<200).map { _ in generator.normal() }
        let pair = try OperatorHarness.value(DFT(), Tensor(x, shape: [2, 100, 1])).doubles()
        let alone = try OperatorHarness.value(DFT(), Tensor(Array(x[..<100]), shape: [1, 100, 1]))
        #expect(try alone.doubles() == Array(pair[..<200]))
    }

    @Test("The roots of unity are as good as a double can be")
    func roots() {
        for (turns, count, real, imaginary) in [
            (0, 5, 1.0, 0.0), (3, 12, 0, -1), (6, 12, -1, 0), (9, 12, 0, 1), (1, 6, 0.5, nil),
            (1, 8, 0.5.squareRoot(), -0.5.squareRoot()), (1, 12, nil, -0.5), (5, 12, nil, -0.5),
        ] as [(Int, Int, Double?, Double?)] {
            let root = ComplexFactor(turns: turns, of: count)
            if let real { #expect(abs(root.real - real) <= real.ulp) }
            if let imaginary { #expect(abs(root.imaginary - imaginary) <= imaginary.ulp) }
        }
    }

    @Test("Frames of a signal")
    func frames() throws {
        let signal = Tensor(SignalTests.numbers, shape: [1, 7, 1])
        let window = Tensor([0.5, 1, 0.25, 2])
        let y = try OperatorHarness.value(STFT(), signal, .ints(2), window)
        #expect(y.shape == [1, 2, 3, 2])
        try expectClose(
            y, [4.625, 0, 0.375, 8, -3.375, 0, 1.3125, 0, 0.1875, -5, -0.6875, 0], units: 0)
        let flat = try signal.reshaped(to: [1, 7])
        #expect(try OperatorHarness.value(STFT(), flat, .ints(2), window) == y)
        let whole = try OperatorHarness.value(STFT(), signal, .ints(1))
        #expect(whole.shape == [1, 1, 4, 2])
    }

    @Test("Windows")
    func windows() throws {
        let double = DataType.float64
        let cases: [(any Operator, Int, [Double])] = [
            (
                HannWindow(dataType: double), 5,
                [
                    0, 0.34549150281252633, 0.9045084971874737, 0.9045084971874737,
                    0.34549150281252633,
                ]
            ),
            (HannWindow(isPeriodic: false, dataType: double), 5, [0, 0.5, 1, 0.5, 0]),
            (BlackmanWindow(dataType: double), 6, [0, 0.13, 0.63, 1, 0.63, 0.13]),
            (
                HammingWindow(isPeriodic: false, dataType: double), 4,
                [
                    0.08695652173913038, 0.7717391304347825, 0.7717391304347827,
                    0.08695652173913038,
                ]
            ),
            (HannWindow(dataType: .int32), 4, [0, 0, 1, 0]), (HannWindow(), 0, []),
            (HannWindow(dataType: .bfloat16), 3, [0, 0.75, 0.75]),
        ]
        for (window, size, expected) in cases {
            let y = try OperatorHarness.value(window, Tensor(scalar: Int64(size)))
            #expect(y.shape == [size])
            if y.dataType.isInteger {
                #expect(try y.doubles() == expected)
            } else {
                try expectClose(y, expected, units: 4, floor: 1)
            }
        }
    }

    @Test("A window of integers has its 1 in the middle", arguments: DataType.integers)
    func wholeWindow(_ type: DataType) throws {
        let y = try OperatorHarness.value(
            BlackmanWindow(dataType: type), Tensor(scalar: Int64(4)))
        #expect(try y.doubles() == [0, 0, 1, 0])
    }

    @Test("Bands on the mel scale")
    func mel() throws {
        func matrix(_ numbers: Int64..., edges: Float...) throws -> Tensor {
            let inputs = numbers.map { Tensor(scalar: $0) } + edges.map { Tensor(scalar: $0) }
            return try OperatorHarness.evaluate(MelWeightMatrix(), inputs)[0] ?? inputs[0]
        }
        let y = try matrix(4, 16, 8000, edges: 100, 3800)
        #expect(y.shape == [9, 4])
        var expected = [Float](repeating: 0, count: 36)
        for (place, weight) in [(0, 1), (5, 1), (10, 1), (15, 1), (19, 0.5)] as [(Int, Float)] {
            expected[place] = weight
        }
        #expect(try y.array(of: Float.self) == expected)
        let error = #expect(throws: HingeError.self) {
            try matrix(4, 16, 8000, edges: 100, 16000)
        }
        #expect(
            error?.message
                == "expected ascending frequencies within 9 bins of 8000 hertz, found bin 11.0")
    }

    @Test("Shapes, as far as they are known")
    func shapes() throws {
        func shape(_ operation: any Operator, _ inputs: Inferred?...) throws -> Shape? {
            try OperatorHarness.infer(operation, inputs)[0].type?.shape
        }
        let x = Inferred.tensor(.float32, ["B", "L", 1])
        let eight = Inferred(constant: .ints(8))
        #expect(try shape(DFT(), x) == ["B", "L", 2])
        #expect(
            try shape(DFT(isOneSided: true), x)?.description == "[B, floor(L/2) + 1, 2]")
        #expect(try shape(DFT(isOneSided: true, axis: 1), x, eight) == ["B", 5, 2])
        let axis = Inferred.tensor(.int64, [])
        #expect(try shape(DFT(), x, nil, axis) == ["B", "L", 2])
        #expect(try shape(DFT(isOneSided: true), x, nil, axis) == [.unknown, .unknown, 2])
        let half = Inferred.tensor(.float32, [3, 5, 2])
        #expect(try shape(DFT(isInverse: true, isOneSided: true), half) == [3, 8, 1])
        #expect(
            try shape(STFT(), x, eight, .tensor(.float32, [16]))?.description
                == "[B, floor(L/8) - 1, 9, 2]")
        let signal = Inferred.tensor(.float32, ["B", 100, 1])
        #expect(try shape(STFT(), signal, eight, nil, eight) == ["B", 12, 5, 2])
        #expect(try shape(HannWindow(), eight) == [8])
    }

    @Test("What doesn't fit is refused")
    func refusals() throws {
        func message(_ operation: any Operator, _ inputs: Tensor?...) -> String? {
            #expect(throws: HingeError.self) {
                try OperatorHarness.evaluate(operation, inputs)
            }?.message
        }
        let real = Tensor.counting(1, 4, 1)
        let complex = Tensor.counting(1, 4, 2)
        #expect(
            message(DFT(isOneSided: true), complex)
                == "expected a real signal to transform one-sidedly, found [1, 4, 2]")
        #expect(
            message(DFT(isInverse: true, isOneSided: true), real)
                == "expected a complex spectrum to invert one-sidedly, found [1, 4, 1]")
        #expect(message(DFT(), real, .ints(0)) == "expected a length of 1 or more, found 0")
        #expect(
            message(DFT(axis: 2), real)
                == "expected the axis of a signal, found that of real and imaginary parts")
        #expect(
            message(DFT(), Tensor.counting(4, 3))
                == "expected a signal whose last dimension is 1 or 2, found [4, 3]")
        #expect(
            message(STFT(), real, .ints(0), nil, .ints(2))
                == "expected a step and frames of 1 or more, found 0 and 2")
        #expect(
            message(STFT(), real, .ints(1), nil, .ints(5))
                == "expected a signal as long as its frames, 5, found 4")
        #expect(
            message(STFT(), real, .ints(1), Tensor.counting(3), .ints(2))
                == "expected a window of the length 2 of a frame, found 3")
    }

    @Test("DFT has its axis as an attribute before version 20")
    func versions() throws {
        let x = Inferred.tensor(.float32, [2, 8, 3, 1])
        let node = Node("DFT", inputs: ["x"], outputs: ["y"])
        let (newer, constants) = try OperatorHarness.convert(node, from: 17, to: 20, known: [x])
        #expect(newer[0].inputs == ["x", "", constants[0].name])
        #expect(constants[0].tensor == Tensor(scalar: Int64(1)))
        let (older, _) = try OperatorHarness.convert(node, from: 20, to: 17, known: [x])
        #expect(older[0][attribute: "axis"] == .int(-2))
        #expect(older[0].inputs == ["x"])
        let computed = Node("DFT", inputs: ["x", "", "a"], outputs: ["y"])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.convert(
                computed, from: 20, to: 10, known: [x, nil, .tensor(.int64, [])])
        }
        #expect(error?.message == "DFT needs opset 11, not 10")
    }
}
