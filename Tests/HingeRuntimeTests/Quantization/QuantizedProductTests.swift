import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Products of quantized matrices")
struct QuantizedProductTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let rows: [Int]
        let inner: Int
        let columns: Int
        var type = DataType.uint8
        var weightType = DataType.int8
        var weightBounds = -64...64
        var weightZero = 0
        var zero = 0
        var isPerColumn = true
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "small", rows: [3], inner: 5, columns: 7),
        Case(name: "a batch", rows: [2, 9], inner: 33, columns: 40, zero: 100),
        Case(name: "one row", rows: [1], inner: 256, columns: 100, zero: 7, isPerColumn: false),
        Case(name: "8-bit weights", rows: [16], inner: 64, columns: 32, weightBounds: -128...127),
        Case(name: "signed", rows: [16], inner: 64, columns: 32, type: .int8, zero: -9),
        Case(
            name: "unsigned weights", rows: [16], inner: 64, columns: 32, weightType: .uint8,
            weightBounds: 64...192, weightZero: 128, zero: 3),
        Case(name: "many terms", rows: [8], inner: 4000, columns: 24, zero: 128),
    ]

    private func weights(_ c: Case) -> [Tensor] {
        let scale = 0.02 / Float(c.inner).squareRoot()
        return [
            Quantized.integers([c.inner, c.columns], c.weightType, seed: 1, in: c.weightBounds),
            Quantized.scales(c.isPerColumn ? c.columns : nil, around: scale, seed: 2),
            Quantized.tensor(
                [Int](repeating: c.weightZero, count: c.isPerColumn ? c.columns : 1),
                c.weightType, c.isPerColumn ? [c.columns] : []),
        ]
    }

    private func input(_ c: Case) -> Tensor {
        Quantized.integers(c.rows + [c.inner], c.type, seed: 3)
    }

    @Test("QLinearMatMul", arguments: cases)
    func linear(_ c: Case) throws {
        var builder = GraphBuilder()
        let x = builder.input("x", c.type, Shape(c.rows + [c.inner]))
        let k =
            ([
                Tensor(scalar: 0.1 as Float), Quantized.tensor([c.zero], c.type, []),
            ] + weights(c) + [
                Tensor(scalar: 0.5 as Float), Quantized.tensor([40], c.type, []),
            ]).map { builder.constant($0) }
        builder.output(try builder.append(QLinearMatMul(), [x] + k, outputCount: 1)[0], "y")
        try EnginePair(builder.model()).expectSameIntegers(["x": input(c)])
    }

    @Test("Gemm between DequantizeLinear and QuantizeLinear", arguments: cases, [false, true])
    func gemm(_ c: Case, _ transposes: Bool) throws {
        guard c.rows.count == 1 else { return }
        var builder = GraphBuilder()
        let x = builder.input("x", c.type, Shape(c.rows + [c.inner]))
        let values = weights(c)
        var matrix = values[0]
        if transposes {
            let numbers = try matrix.integers()
            matrix = Quantized.tensor(
                (0..<c.columns * c.inner).map {
                    numbers[$0 % c.inner * c.columns + $0 / c.inner]
                }, c.weightType, [c.columns, c.inner])
        }
        let a = try builder.dequantized(x, 0.1, c.zero, c.type)
        let b = try builder.append(
            DequantizeLinear(axis: transposes ? 0 : 1), builder.constant(matrix),
            builder.constant(values[1]), builder.constant(values[2]))
        let scales = try (0..<c.columns).map { index in
            try values[1].array(of: Float.self)[c.isPerColumn ? index : 0] * 0.1
        }
        let bias = try builder.append(
            DequantizeLinear(axis: 0),
            builder.constant(
                Quantized.integers([c.columns], .int32, seed: 8, in: -10_000...10_000)),
            builder.constant(Tensor(scales, shape: [c.columns])))
        let sum = try builder.append(Gemm(transposesB: transposes), a, b, bias)
        builder.output(try builder.quantized(sum, 0.5, 40, c.type), "y")
        try EnginePair(builder.model()).expectSameIntegers(["x": input(c)])
    }

    @Test("A matrix that is quantized by what it holds", arguments: cases, [false, true])
    func dynamic(_ c: Case, _ hasBias: Bool) throws {
        var builder = GraphBuilder()
        let shape = c.rows + [c.inner]
        let x = builder.input("x", .float32, Shape(shape))
        let values = weights(c)
        let a = try builder.append(DynamicQuantizeLinear(), [x], outputCount: 3)
        let k = values.map { builder.constant($0) }
        let product = try builder.append(MatMulInteger(), a[0], k[0], a[2], k[2])
        let numbers = try builder.append(Cast(to: .float32), product)
        var y = try builder.append(Mul(), numbers, builder.append(Mul(), a[1], k[1]))
        if hasBias {
            y = try builder.append(Add(), builder.constant(random([c.columns], seed: 6)), y)
        }
        builder.output(y, "y")
        let pair = try EnginePair(builder.model())
        try pair.expectSame(["x": random(shape, seed: 5, scale: 3)], tolerance: 3e-7)
    }

    @Test("QGemm, with a bias and with one of zeros", arguments: [false, true])
    func general(_ hasBias: Bool) throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .uint8, [6, 20])
        var inputs = [x]
        inputs.append(builder.constant(Tensor(scalar: 0.1 as Float)))
        inputs.append(builder.constant(Quantized.tensor([77], .uint8, [])))
        inputs.append(
            builder.constant(Quantized.integers([30, 20], .int8, seed: 1, in: -64...64)))
        inputs.append(builder.constant(Quantized.scales(30, around: 0.01, seed: 2)))
        inputs.append(builder.constant(Tensor([Int8](repeating: 0, count: 30), shape: [30])))
        let bounds = hasBias ? -9000...9000 : 0...0
        inputs.append(
            builder.constant(Quantized.integers([30], .int32, seed: 3, in: bounds)))
        inputs.append(builder.constant(Tensor(scalar: 0.4 as Float)))
        inputs.append(builder.constant(Quantized.tensor([100], .uint8, [])))
        builder.output(
            try builder.append(
                QGemm(alpha: 1, transposesA: false, transposesB: true), inputs, outputCount: 1)[0],
            "y")
        let pair = try EnginePair(builder.model())
        try pair.expectSameIntegers(["x": Quantized.integers([6, 20], .uint8, seed: 9)])
    }
}
