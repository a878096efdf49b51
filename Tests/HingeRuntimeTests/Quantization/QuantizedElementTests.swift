import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Functions of quantized numbers")
struct QuantizedElementTests {
    @Test("Quantizing numbers of all kinds", arguments: [DataType.uint8, .int8], [0, 1, 100])
    func quantizing(_ type: DataType, _ zero: Int) throws {
        var numbers: [Float] = [
            .nan, .infinity, -.infinity, 0, -0.0, 1e-45, -1e30, 1e30, 0.25, -0.25, 127.5, 128.5,
        ]
        numbers += (-600..<600).map { Float($0) / 4 }
        numbers += try random([1000], seed: 3, scale: 40).array(of: Float.self)
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, Shape([numbers.count]))
        builder.output(try builder.quantized(x, 0.5, zero, type), "y")
        let pair = try EnginePair(builder.model())
        try pair.expectSameIntegers(
            ["x": Tensor(numbers, shape: [numbers.count])], rate: 0)
    }

    @Test("Quantizing what a run finds", arguments: [1, 7, 5000])
    func dynamic(_ count: Int) throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, Shape([count]))
        for (index, y) in try builder.append(DynamicQuantizeLinear(), [x], outputCount: 3)
            .enumerated()
        {
            builder.output(y, "y\(index)")
        }
        let pair = try EnginePair(builder.model())
        for (scale, seed) in [(1.0, UInt64(1)), (1e-30, 2), (1e30, 3), (0, 4)] {
            let x = random([count], seed: seed, scale: scale)
            try pair.expectSame(["x": x], tolerance: 0)
            let positive = try x.array(of: Float.self).map { abs($0) + Float(scale) }
            try pair.expectSame(["x": Tensor(positive, shape: [count])], tolerance: 0)
        }
        var special = try random([count], seed: 5).array(of: Float.self)
        special[count / 2] = .nan
        try pair.expectSame(["x": Tensor(special, shape: [count])], tolerance: 0)
        special[count / 2] = .infinity
        try pair.expectSame(["x": Tensor(special, shape: [count])], tolerance: 0)
    }

    struct Shapes: CustomTestStringConvertible, Sendable {
        let a: [Int]
        let b: [Int]
        var testDescription: String { "\(a) and \(b)" }
    }

    static let shapes = [
        Shapes(a: [2, 3, 4, 5], b: [2, 3, 4, 5]), Shapes(a: [2, 3, 4, 5], b: [3, 1, 1]),
        Shapes(a: [1, 1, 5], b: [4, 3, 1]), Shapes(a: [7], b: [3, 7]), Shapes(a: [], b: [3, 7]),
        Shapes(a: [9000], b: [9000]), Shapes(a: [3, 0], b: [3, 1]),
        Shapes(a: [4, 1, 6, 1], b: [1, 5, 6, 2]), Shapes(a: [70, 70], b: []),
    ]

    @Test("Functions of two numbers", arguments: shapes, ["Add", "Sub", "Mul"])
    func binary(_ shapes: Shapes, _ name: String) throws {
        let operation: any Operator =
            switch name {
            case "Add": Add()
            case "Sub": Sub()
            default: Mul()
            }
        for (index, types) in [(DataType.uint8, DataType.uint8), (.int8, .uint8), (.int8, .int8)]
            .enumerated()
        {
            var builder = GraphBuilder()
            let a = builder.input("a", types.0, Shape(shapes.a))
            let b = builder.input("b", types.1, Shape(shapes.b))
            let left = try builder.dequantized(a, 0.031, 30, types.0)
            let right = try builder.dequantized(b, 0.043, 90, types.1)
            var y = try builder.append(operation, left, right)
            if index == 1 { y = try builder.append(Clip(minimum: -1, maximum: 2), y) }
            if index == 2 { y = try builder.append(Relu(), y) }
            builder.output(try builder.quantized(y, 0.05, 20, types.1), "y")
            let pair = try EnginePair(builder.model())
            try pair.expectSameIntegers(
                [
                    "a": Quantized.integers(shapes.a, types.0, seed: 1),
                    "b": Quantized.integers(shapes.b, types.1, seed: 2),
                ], rate: 0)
        }
    }

    @Test("Functions of one number are tables")
    func functions() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .int8, [4, 64])
        let numbers = try builder.dequantized(x, 0.04, -3, .int8)
        let curves: [any Operator] = [
            Sigmoid(), Tanh(), LeakyRelu(alpha: 0.2), HardSwish(), Relu(), Gelu(),
        ]
        for (index, curve) in curves.enumerated() {
            let y = try builder.append(curve, numbers)
            builder.output(try builder.quantized(y, 0.03, 5, .int8), "y\(index)")
        }
        builder.output(try builder.quantized(numbers, 0.07, 1, .int8), "other scale")
        let pair = try EnginePair(builder.model())
        let all = Quantized.tensor((-128...127).map { $0 }, .int8, [4, 64])
        try pair.expectSameIntegers(["x": all], rate: 0)
        try pair.expectSteps(
            [String](repeating: "evaluate hinge.TableLookup", count: curves.count + 1), ["x": all])
    }

    @Test("A network of quantized numbers")
    func network() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [2, 3, 20, 20])
        func conv(
            _ value: GraphBuilder.Operand, _ weights: [Int], _ scale: Float, _ zero: Int,
            seed: UInt64
        ) throws -> GraphBuilder.Operand {
            let w = try builder.append(
                DequantizeLinear(axis: 0),
                builder.constant(Quantized.integers(weights, .int8, seed: seed, in: -64...64)),
                builder.constant(Quantized.scales(weights[0], around: 0.002, seed: seed)))
            let y = try builder.append(
                Conv(padding: .explicit([1, 1, 1, 1])), value, w)
            let q = try builder.quantized(y, scale, zero, .uint8)
            return try builder.dequantized(q, scale, zero, .uint8)
        }
        let first = try builder.dequantized(
            builder.quantized(x, 0.03, 128, .uint8), 0.03, 128, .uint8)
        let a = try conv(first, [16, 3, 3, 3], 0.02, 120, seed: 1)
        let pool = try builder.append(
            MaxPool(kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 1, 1])), a)
        let pooled = try builder.dequantized(
            builder.quantized(pool, 0.02, 120, .uint8), 0.02, 120, .uint8)
        let b = try conv(pooled, [16, 16, 3, 3], 0.03, 100, seed: 2)
        let sum = try builder.append(Relu(), builder.append(Add(), b, pooled))
        let s = try builder.dequantized(
            builder.quantized(sum, 0.025, 0, .uint8), 0.025, 0, .uint8)
        let joined = try builder.append(Concat(axis: 1), s, b)
        let j = try builder.dequantized(
            builder.quantized(joined, 0.03, 90, .uint8), 0.03, 90, .uint8)
        let gate = try builder.append(Sigmoid(), builder.append(GlobalAveragePool(), j))
        let g = try builder.dequantized(
            builder.quantized(gate, 0.004, 0, .uint8), 0.004, 0, .uint8)
        let scaled = try builder.append(Mul(), j, g)
        builder.output(try builder.quantized(scaled, 0.02, 100, .uint8), "y")
        let pair = try EnginePair(builder.model())
        try pair.expectSameIntegers(["x": random([2, 3, 20, 20], seed: 3)], rate: 0.01)
    }
}
