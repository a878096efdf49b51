import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX Runtime 1.32, those of blocks and of narrow types from ONNX's reference evaluator
/// 1.23.2.
@Suite struct QuantizationTests {
    /// Integers that look arbitrary, from `low` to `low` + 22.
    private func ints(_ shape: Int..., seed: Int = 0, low: Int = -11) -> Tensor {
        let count = shape.reduce(1, *)
        return Tensor(
            (0..<count).map { Int32(($0 * 37 + 11 + seed * 7) % 23 + low) }, shape: shape)
    }

    private let scales = Tensor([Float](arrayLiteral: 0.1, 0.25, 0.01))
    private let zeros = Tensor([Int8](arrayLiteral: 1, -2, 100))

    private var blockScales: Tensor {
        get throws {
            let wave = try Tensor.wave(2, 3, seed: 1).array(of: Float.self)
            return Tensor(wave.map { $0 * $0 + 0.1 }, shape: [2, 3])
        }
    }

    @Test func quantizes() throws {
        let rows = try OperatorHarness.value(QuantizeLinear(), .wave(2, 3, 2), scales, zeros)
        #expect(try rows.array(of: Int8.self) == [1, -10, 0, -4, 127, 112, -9, 9, -4, 4, 125, 12])
        let bytes = try OperatorHarness.value(
            QuantizeLinear(), .wave(5), Tensor(scalar: Float(0.25)))
        #expect(try bytes.array(of: UInt8.self) == [0, 0, 2, 0, 5])
        let blocks = try OperatorHarness.value(
            QuantizeLinear(blockSize: 2), .wave(2, 5), blockScales, ints(2, 3).cast(to: .int8))
        #expect(try blocks.array(of: Int8.self) == [0, -1, -5, -12, 6, -3, -8, 11, 9, 2])
    }

    @Test func saturatesAndRoundsToEven() throws {
        let x = Tensor(
            [Float](arrayLiteral: 0.5, 1.5, -0.5, 300, -300, .infinity, -.infinity, .nan))
        let one = Tensor(scalar: Float(1))
        let signed = try OperatorHarness.value(QuantizeLinear(outputType: .int8), x, one)
        #expect(try signed.array(of: Int8.self) == [0, 2, 0, 127, -128, 127, -128, -128])
        let narrow = try OperatorHarness.value(QuantizeLinear(outputType: .int4), x, one)
        #expect(try narrow.integers() == [0, 2, 0, 7, -8, 7, -8, -8])
        let wide = try OperatorHarness.value(QuantizeLinear(outputType: .uint16), x, one)
        #expect(try wide.integers() == [0, 2, 0, 300, 0, 65535, 0, 0])
        let float = try OperatorHarness.value(QuantizeLinear(outputType: .float8e4m3fn), x, one)
        try expectClose(float, [0.5, 1.5, -0.5, 288, -288, 448, -448, .nan])
        let open = try OperatorHarness.value(
            QuantizeLinear(saturates: false, outputType: .float8e5m2), x, one)
        try expectClose(open, [0.5, 1.5, -0.5, 320, -320, .infinity, -.infinity, .nan])
    }

    /// Numbers of float16 have 11 bits: 2048.5 becomes 2048 and 2049 would, too.
    @Test func dividesInThePrecisionAskedFor() throws {
        let x = Tensor([Float](arrayLiteral: 2048.5, 1025))
        let half = Tensor(scalar: Float16(1))
        let coarse = try OperatorHarness.value(QuantizeLinear(outputType: .int16), x, half)
        #expect(try coarse.array(of: Int16.self) == [2048, 1025])
        let fine = try OperatorHarness.value(
            QuantizeLinear(outputType: .int16, precision: .float32),
            Tensor([Float](arrayLiteral: 2049)), half)
        #expect(try fine.array(of: Int16.self) == [2049])
    }

    @Test func dequantizes() throws {
        let rows = try OperatorHarness.value(
            DequantizeLinear(axis: -2), ints(2, 3, 2).cast(to: .int8), scales, zeros)
        try expectClose(
            rows,
            [
                -0.1, -1, 1.75, -0.5, -0.89999998, -0.98999995, -0.90000004, 0.5, -0.25, 3.25,
                -0.97999996, -1.0699999,
            ])
        let blocks = try OperatorHarness.value(
            DequantizeLinear(blockSize: 2), ints(2, 5).cast(to: .int8), blockScales,
            ints(2, 3, seed: 2).cast(to: .int8))
        try expectClose(
            blocks,
            [7.7906251, 0, 0, -1.4625, 27.86875, -2.1656249, -4.3312497, 3.3125, -2.6500001, 20.9],
            tolerance: 2e-7)
        let half = try OperatorHarness.value(
            DequantizeLinear(outputType: .float16), ints(3).cast(to: .int4),
            Tensor(scalar: Float(0.5)))
        #expect(half.dataType == .float16)
    }

    @Test func quantizesToTheRange() throws {
        let outputs = try OperatorHarness.evaluate(
            DynamicQuantizeLinear(), [.wave(2, 3)], outputs: 3)
        #expect(try outputs[0]?.array(of: UInt8.self) == [121, 0, 188, 67, 255, 134])
        try expectClose(outputs[1], [0.009313725866377354], shape: [])
        #expect(try outputs[2]?.array(of: UInt8.self) == [121])
        let flat = try OperatorHarness.evaluate(
            DynamicQuantizeLinear(), [Tensor([Float](arrayLiteral: 0, 0))], outputs: 3)
        #expect(try flat[0]?.array(of: UInt8.self) == [0, 0])
        let none = try OperatorHarness.evaluate(DynamicQuantizeLinear(), [.wave(0)], outputs: 3)
        #expect(none[0]?.shape == [0])
    }

    @Test func multipliesIntegers() throws {
        let a = ints(2, 3, low: 100).cast(to: .uint8)
        let b = ints(3, 2, seed: 1).cast(to: .int8)
        let columns = try OperatorHarness.value(
            MatMulInteger(), a, b, Tensor(scalar: UInt8(101)), Tensor([Int8](arrayLiteral: 2, -3)))
        #expect(try columns.array(of: Int32.self) == [-83, 181, -318, 247])
        // A zero point for each row; the expected values are NumPy's.
        let rows = try OperatorHarness.value(
            MatMulInteger(), a, b, Tensor([UInt8](arrayLiteral: 101, 7)))
        #expect(try rows.array(of: Int32.self) == [-31, 103, -1184, 982])
    }

    @Test func convolvesIntegers() throws {
        let convolution = ConvInteger(
            window: SpatialWindow(padding: .explicit([1, 0, 0, 0])), group: 2)
        let y = try OperatorHarness.value(
            convolution, ints(1, 2, 4, 4, low: 100).cast(to: .uint8),
            ints(2, 1, 2, 2, seed: 1, low: 3).cast(to: .uint8), Tensor(scalar: UInt8(104)),
            Tensor(scalar: UInt8(9)))
        #expect(y.shape == [1, 2, 4, 3])
        #expect(
            try y.array(of: Int32.self) == [
                -58, 108, -48, 40, -44, 263, 348, 57, -27, 58, 181, 212, -71, 30, 39, 228, -9, -16,
                -53, 239, 2, 195, -42, 250,
            ])
    }

    @Test func convolvesQuantized() throws {
        let inputs: [Tensor] = [
            ints(1, 2, 3, 3, low: 100).cast(to: .uint8), Tensor(scalar: Float(0.05)),
            Tensor(scalar: UInt8(104)), ints(2, 2, 2, 2, seed: 1).cast(to: .int8),
            Tensor([Float](arrayLiteral: 0.03, 0.04)), Tensor([Int8](arrayLiteral: 0, 0)),
            Tensor(scalar: Float(0.07)), Tensor(scalar: UInt8(120)),
            Tensor([Int32](arrayLiteral: 30, -40)),
        ]
        let y = try OperatorHarness.evaluate(QLinearConv(), inputs)[0]
        #expect(y?.shape == [1, 2, 2, 2])
        #expect(try y?.array(of: UInt8.self) == [120, 116, 120, 115, 117, 117, 113, 125])
        let inferred = try OperatorHarness.infer(
            QLinearConv(), inputs.map { .tensor($0.dataType, Shape($0.shape)) })
        #expect(inferred == [.tensor(.uint8, [1, 2, 2, 2])])
    }

    @Test func multipliesQuantized() throws {
        func scalar(_ value: Float) -> Tensor { Tensor(scalar: value) }
        let y = try OperatorHarness.evaluate(
            QLinearMatMul(),
            [
                ints(2, 3).cast(to: .int8), scalar(0.05), Tensor(scalar: Int8(3)),
                ints(3, 4, seed: 1).cast(to: .int8), scalar(0.04), Tensor(scalar: Int8(-2)),
                scalar(0.03), Tensor(scalar: Int8(5)),
            ])[0]
        #expect(try y?.array(of: Int8.self) == [7, -3, 7, 11, -2, 10, 8, -1])
    }

    @Test func spellsVersions() throws {
        func spell(_ quantize: any Operator, _ opset: Int, scale: Shape = []) throws -> (
            nodes: [Node], initializers: [NamedTensor]
        ) {
            try Speller.spell(
                quantize, opset: opset, inputs: ["x", "s"], outputs: ["y"],
                known: [nil, .tensor(.float32, scale)], isTaken: { _ in false })
        }
        let typed = try spell(QuantizeLinear(outputType: .int8), 21)
        #expect(typed.nodes[0].attributes == [.dataType("output_dtype", .int8)])
        let older = try spell(QuantizeLinear(outputType: .int8), 10)
        #expect(older.nodes[0].inputs.count == 3 && older.nodes[0].attributes.isEmpty)
        #expect(older.initializers[0].tensor == Tensor(scalar: Int8(0)))
        #expect(try spell(QuantizeLinear(axis: 0), 10).nodes[0].attributes.isEmpty)
        #expect(
            message { _ = try spell(QuantizeLinear(axis: 0), 12, scale: [4]) }
                == "a scale for each position along an axis needs opset 13, not 12")
        #expect(
            message { _ = try spell(QuantizeLinear(blockSize: 2), 20, scale: [2, 2]) }
                == "the rank of x must be known to write this for opset 20")
        #expect(
            message { _ = try spell(QuantizeLinear(precision: .float16), 22) }
                == "QuantizeLinear with the attribute 'precision' needs opset 23, not 22")
        #expect(
            message { _ = try spell(QuantizeLinear(outputType: .int4), 13) }
                == "QuantizeLinear of int4 as input 2 needs opset 21, not 13")
        #expect(
            try spell(DequantizeLinear(outputType: .float32), 13).nodes[0].attributes.isEmpty)
        #expect(
            message { _ = try spell(DequantizeLinear(outputType: .float16), 21) }
                == "DequantizeLinear with the attribute 'output_dtype' needs opset 23, not 21")
        #expect(
            message { _ = try spell(DynamicQuantizeLinear(), 10) }
                == "DynamicQuantizeLinear needs opset 11, not 10")
    }

    @Test func refuses() {
        func error(_ quantize: any Operator, _ inputs: Tensor...) -> String {
            message { _ = try OperatorHarness.evaluate(quantize, inputs) }
        }
        #expect(
            error(QuantizeLinear(), .wave(2, 3), .wave(2))
                == "expected scales of shape [3] for [2, 3], found [2]")
        #expect(
            error(QuantizeLinear(blockSize: 2), .wave(2, 3), .wave(2, 3))
                == "expected scales of shape [2, 2] for [2, 3], found [2, 3]")
        #expect(
            error(QuantizeLinear(), .wave(2, 3), .wave(3), Tensor([Int8](arrayLiteral: 0, 0)))
                == "expected a zero point of shape [3], found [2]")
        #expect(
            error(QuantizeLinear(outputType: .float32), .wave(2), Tensor(scalar: Float(1)))
                == "float32 is not a quantized type")
    }
}
