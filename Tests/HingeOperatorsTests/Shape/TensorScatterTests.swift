import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX's reference evaluator 1.23.2.
@Suite struct TensorScatterTests {
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var operation: TensorScatter
        var inputs: [Tensor?]
        var shape: [Int]
        var expected: [Double]
    }

    static let cases = [
        Case(
            testDescription: "linear", operation: TensorScatter(),
            inputs: [.wave(2, 1, 4, 2), .wave(2, 1, 2, 2, seed: 1), .ints(1, 2)],
            shape: [2, 1, 4, 2],
            expected: [
                0, -1.125, 0.875, -0.25, -1.375, 0.375, -1, 0.75, -0.375, 1.375, 0.25, -0.875,
                -0.75, 1, -0.125, -1.25,
            ]),
        Case(
            testDescription: "circular", operation: TensorScatter(axis: 1, mode: .circular),
            inputs: [.wave(2, 4), .wave(2, 3, seed: 1), .ints(3, -2)], shape: [2, 4],
            expected: [-0.25, -1.375, 0.625, 0.875, 1, 0.125, 0.375, -0.75]),
    ]

    @Test(arguments: cases) func evaluates(_ test: Case) throws {
        let result = try OperatorHarness.evaluate(test.operation, test.inputs)[0]
        try expectClose(result, test.expected, shape: test.shape, tolerance: 0)
    }

    @Test(arguments: cases, [11, 13, 18, 21, 24])
    func meansTheSameAtEveryVersion(_ test: Case, _ opset: Int) throws {
        let graph = try SpelledGraph(
            test.operation, opset: opset, inputs: test.inputs, constants: [], outputCount: 1)
        #expect(graph.nodes.contains { $0.type == "TensorScatter" } == (opset >= 24))
        let result = try graph.run(test.inputs, constants: [], outputCount: 1)[0]
        try expectClose(result, test.expected, shape: test.shape, tolerance: 0)
    }

    @Test func refusesWhatDoesNotFit() {
        func fails(_ operation: TensorScatter, _ inputs: Tensor?...) -> String {
            message { _ = try OperatorHarness.evaluate(operation, inputs) }
        }
        #expect(
            fails(TensorScatter(axis: 1), .wave(2, 4), .wave(2, 3), .ints(0, 2))
                == "expected indices from 0 to 1 for an update of 3 in a cache of 4, found 2")
        #expect(
            fails(TensorScatter(axis: 0), .wave(2, 4), .wave(2, 4))
                == "attribute 'axis': expected an axis other than that of the batch, found 0")
        #expect(
            fails(TensorScatter(axis: 1), .wave(2, 4), .wave(2, 5))
                == "an update of shape [2, 5] does not fit into [2, 4] along axis 1")
    }

    @Test func movesStrings() throws {
        let cache = try Tensor(strings: ["a", "b", "c"], shape: [1, 3])
        let update = try Tensor(strings: ["x"], shape: [1, 1])
        let result = try OperatorHarness.value(TensorScatter(axis: 1), cache, update, .ints(1))
        #expect(result.strings == ["a", "x", "c"])
    }
}
