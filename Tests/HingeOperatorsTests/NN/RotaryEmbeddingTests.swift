import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX's reference evaluator 1.23.2.
@Suite struct RotaryEmbeddingTests {
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var operation: RotaryEmbedding
        var inputs: [Tensor?]
        var shape: [Int]
        var expected: [Double]
    }

    static let cases = [
        Case(
            testDescription: "four dimensions, positions", operation: RotaryEmbedding(),
            inputs: [
                .wave(1, 2, 2, 4), .wave(5, 2, seed: 1), .wave(5, 2, seed: 2),
                Tensor([4, 1] as [Int64], shape: [1, 2]),
            ], shape: [1, 2, 2, 4],
            expected: [
                -0.859375, 0.828125, 0.3125, 0.03125, -2.21875, -0.890625, 0.75, 0.4375, -0.53125,
                -0.640625, -0.390625, 0.890625, -1.890625, -0.5625, 1.453125, -0.171875,
            ]),
        Case(
            testDescription: "three dimensions, neighbours, a part of each head",
            operation: RotaryEmbedding(headCount: 2, rotatedCount: 2, isInterleaved: true),
            inputs: [.wave(1, 2, 8), .wave(1, 2, 1, seed: 1), .wave(1, 2, 1, seed: 2)],
            shape: [1, 2, 8],
            expected: [
                -1.265625, -0.984375, 0.625, -0.5, 1.234375, -1.296875, -1, 0.75, -0.765625,
                -0.578125, 0.25, -0.875, -0.0625, 0.609375, -1.375, 0.375,
            ]),
    ]

    @Test(arguments: cases, [DataType.float32, .float64, .float16, .bfloat16])
    func evaluates(_ test: Case, _ type: DataType) throws {
        let inputs = test.inputs.map { $0.map { $0.dataType == .float32 ? $0.cast(to: type) : $0 } }
        let result = try OperatorHarness.evaluate(test.operation, inputs)[0]
        #expect(result?.dataType == type)
        // Rounded once: half a unit of 2⁻⁸ of numbers up to 2.25.
        let tolerance = type == .bfloat16 ? 4e-3 : type == .float16 ? 5e-4 : 1e-6
        try expectClose(result, test.expected, shape: test.shape, tolerance: tolerance)
    }

    @Test(arguments: cases, [11, 13, 18, 21, 22, 23])
    func meansTheSameAtEveryVersion(_ test: Case, _ opset: Int) throws {
        let graph = try SpelledGraph(
            test.operation, opset: opset, inputs: test.inputs, constants: [], outputCount: 1)
        #expect(graph.nodes.contains { $0.type == "RotaryEmbedding" } == (opset >= 23))
        let result = try graph.run(test.inputs, constants: [], outputCount: 1)[0]
        try expectClose(result, test.expected, shape: test.shape)
    }

    @Test func refusesWhatDoesNotFit() {
        let x = Tensor.wave(1, 2, 2, 4)
        let (table, positions) = (Tensor.wave(5, 2), Tensor([4, 5] as [Int64], shape: [1, 2]))
        func fails(_ inputs: Tensor?..., by operation: RotaryEmbedding = RotaryEmbedding())
            -> String
        {
            message { _ = try OperatorHarness.evaluate(operation, inputs) }
        }
        #expect(
            fails(x, table, table, positions) == "expected indices from -5 to 4, found 5")
        #expect(
            fails(x, .wave(5, 3), table, positions)
                == "expected input 1 of shape [?, 2], found [5, 3]")
        #expect(
            fails(.wave(1, 2, 8), table, table, positions)
                == "attribute 'num_heads': expected the number of heads for an input of three "
                + "dimensions")
    }
}
