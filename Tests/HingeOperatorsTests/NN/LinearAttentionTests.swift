import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX's reference evaluator 1.23.2.
@Suite struct LinearAttentionTests {
    @Test func readsAStateThatHeadsShare() throws {
        let outputs = try OperatorHarness.evaluate(
            LinearAttention(queryHeadCount: 2, keyHeadCount: 1, updateRule: .linear),
            [
                .wave(1, 2, 8), .wave(1, 2, 4, seed: 1), .wave(1, 2, 2, seed: 2),
                .wave(1, 1, 4, 2, seed: 3),
            ], outputs: 2)
        try expectClose(
            outputs[0],
            [
                0.84472656, 0.018554688, -2.6308594, 0.19335938, 1.0527344, 0.78710938, -2.3857422,
                -0.18652344,
            ], shape: [1, 2, 4])
        try expectClose(
            outputs[1],
            [
                -0.859375, -1.765625, 0.15625, 0.34375, 2.609375, -1.140625, -1.046875, -0.828125,
            ], shape: [1, 1, 4, 2])
    }

    private static let gated: [Tensor?] = [
        .wave(1, 2, 4), Tensor.quarters(1, 2, 4, seed: 1), .wave(1, 2, 4, seed: 2), nil,
        .wave(1, 2, 2, seed: 4), .wave(1, 2, 1, seed: 5),
    ]

    private static let attention = LinearAttention(
        queryHeadCount: 2, keyHeadCount: 2, scale: 0.5, updateRule: .gatedDelta)

    /// 16-bit inputs are exact, and the result is rounded once.
    @Test(arguments: [DataType.float32, .float64, .float16, .bfloat16])
    func decaysAndCorrects(_ type: DataType) throws {
        let inputs = Self.gated.map { $0?.cast(to: type) }
        let outputs = try OperatorHarness.evaluate(Self.attention, inputs, outputs: 2)
        let tolerance = type == .bfloat16 ? 4e-3 : type == .float16 ? 5e-4 : 1e-6
        try expectClose(
            outputs[0],
            [
                0.054382324, -0.030212402, -0.08996582, 0.22491455, 0.70066339, -0.35381633,
                0.13217056, -0.3875553,
            ], shape: [1, 2, 4], tolerance: tolerance)
        try expectClose(
            outputs[1],
            [
                1.1507671, -0.57388532, -0.29705685, 0.077791989, -0.27675331, 0.67430514,
                -0.016549595, -0.13440727,
            ], shape: [1, 2, 2, 2], tolerance: tolerance)
        #expect(outputs[1]?.dataType == type)
    }

    @Test func needsItsVersion() {
        let text = message {
            _ = try SpelledGraph(
                Self.attention, opset: 8, inputs: Self.gated, constants: [], outputCount: 2)
        }
        #expect(text == "Scan needs opset 9, not 8")
    }

    @Test func refusesInputsThatTheRuleDoesNotHave() {
        let text = message {
            _ = try OperatorHarness.evaluate(
                Self.attention, Array(Self.gated.prefix(4)), outputs: 2)
        }
        #expect(text == "expected a decay for the update rule 'gated_delta'")
    }
}

extension Tensor {
    /// A quarter of ``wave(_:seed:)``.
    fileprivate static func quarters(_ shape: Int..., seed: Int) -> Tensor {
        let count = shape.reduce(1, *)
        return Tensor(
            (0..<count).map { Float(($0 * 37 + 11 + seed * 7) % 23 - 11) / 32 }, shape: shape)
    }
}

/// The expected values come from ONNX's reference evaluator 1.23.2.
@Suite struct CausalConvWithStateTests {
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var operation: CausalConvWithState
        var inputs: [Tensor?]
        var result: [Double]
        var state: [Double]
    }

    static let cases = [
        Case(
            testDescription: "bias, state and activation",
            operation: CausalConvWithState(activation: .silu),
            inputs: [
                .wave(1, 2, 3), .wave(2, 1, 3, seed: 1), .wave(2, seed: 2), .wave(1, 2, 2, seed: 3),
            ],
            result: [
                -0.2689414, -0.245352, -0.26237929, 0.5763405, 1.7275325, -0.15275003,
            ],
            state: [-1.125, 0.625, 1.25, 0.125]),
        Case(
            testDescription: "fewer places than the kernel has",
            operation: CausalConvWithState(), inputs: [.wave(1, 2, 1), .wave(2, 1, 3, seed: 1)],
            result: [0, -1.125], state: [0, 0, 0, -1.125]),
    ]

    @Test(arguments: cases, [nil, 11, 13, 21, 27] as [Int?])
    func meansTheSameAtEveryVersion(_ test: Case, _ opset: Int?) throws {
        var outputs = try OperatorHarness.evaluate(test.operation, test.inputs, outputs: 2)
        if let opset {
            let graph = try SpelledGraph(
                test.operation, opset: opset, inputs: test.inputs, constants: [], outputCount: 2)
            outputs = try graph.run(test.inputs, constants: [], outputCount: 2)
        }
        try expectClose(outputs[0], test.result, tolerance: 2e-6)
        try expectClose(outputs[1], test.state)
    }

    @Test func infersSymbolicShapes() throws {
        let inferred = try OperatorHarness.infer(
            CausalConvWithState(),
            [.tensor(.float32, ["N", 4, "L"]), .tensor(.float32, [4, 1, 3])], outputs: 2)
        #expect(inferred[1].type?.shape?.rank == 3)
        #expect(inferred[0].type?.shape?.dimensions.prefix(2) == ["N", 4])
    }
}
