import HingeGraph
import HingeOperators
import Testing

@testable import HingeKeras

@Suite struct RecurrentRuleTests {
    /// Adds a recurrent operator with its weights: 3 features in, 4 out.
    static func append(
        _ operator: any RecurrentOperator, _ graph: inout GraphBuilder, _ x: GraphBuilder.Operand,
        outputCount: Int
    ) throws -> [GraphBuilder.Operand] {
        let gates = type(of: `operator`).gateCount
        let directions = `operator`.direction.count
        let weights = [
            numbers([directions, gates * 4, 3]), numbers([directions, gates * 4, 4]),
            numbers([directions, 2 * gates * 4]),
        ].map { graph.constant($0) }
        return try graph.append(
            `operator`, [x] + weights, outputCount: outputCount, name: "walk")
    }

    static let operators: [any RecurrentOperator] = [
        LSTM(hiddenSize: 4), GRU(hiddenSize: 4, isLinearBeforeReset: true), GRU(hiddenSize: 4),
        RNN(hiddenSize: 4),
    ]

    /// As exporters write a layer that returns all steps: with the steps first inside, the batch first outside.
    @Test(arguments: [RecurrentDirection.forward, .reverse, .bidirectional])
    func allSteps(_ direction: RecurrentDirection) throws {
        for var `operator` in RecurrentRuleTests.operators {
            `operator`.direction = direction
            let original = try model(["N", 5, 3]) { graph, x in
                let steps = try graph.append(Transpose([1, 0, 2]), x)
                let y = try RecurrentRuleTests.append(
                    `operator`, &graph, steps, outputCount: 1)[0]
                guard direction == .bidirectional else {
                    let flat = try graph.append(Squeeze(axes: [1]), y)
                    return try graph.append(Transpose([1, 0, 2]), flat)
                }
                let sides = try graph.append(Transpose([0, 2, 1, 3]), y)
                let flat = try graph.append(Reshape(shape: [0, 0, -1]), sides)
                return try graph.append(Transpose([1, 0, 2]), flat)
            }
            let written = try layers(original)
            #expect(written.count == (direction == .forward ? 2 : direction == .reverse ? 3 : 2))
            #expect(try difference(rewritten(original, .archive), original) <= 1e-5)
        }
    }

    /// The last state only.
    @Test(arguments: [RecurrentDirection.forward, .reverse])
    func lastState(_ direction: RecurrentDirection) throws {
        for var `operator` in RecurrentRuleTests.operators {
            `operator`.direction = direction
            let original = try model(["N", 5, 3]) { graph, x in
                let steps = try graph.append(Transpose([1, 0, 2]), x)
                let y = try RecurrentRuleTests.append(
                    `operator`, &graph, steps, outputCount: 2)[1]
                return try graph.append(Squeeze(axes: [0]), y)
            }
            for kind in [KerasWriter.Kind.archive, .legacyModel] {
                #expect(try difference(rewritten(original, kind), original) <= 1e-5)
            }
        }
    }

    /// The operator's own forms of all outputs.
    @Test(arguments: [RecurrentDirection.forward, .reverse, .bidirectional])
    func allOutputs(_ direction: RecurrentDirection) throws {
        for var `operator` in RecurrentRuleTests.operators {
            `operator`.direction = direction
            let count = `operator` is LSTM ? 3 : 2
            var graph = GraphBuilder()
            let x = graph.input("x", .float32, [5, "N", 3])
            let outputs = try RecurrentRuleTests.append(
                `operator`, &graph, x, outputCount: count)
            for (index, output) in outputs.enumerated() { graph.output(output, "y\(index)") }
            let original = graph.model()
            #expect(try difference(rewritten(original, .archive), original) <= 1e-5)
        }
    }

    @Test func writesGatesInKerasOrder() throws {
        let original = try model(["N", 5, 3]) { graph, x in
            let steps = try graph.append(Transpose([1, 0, 2]), x)
            return try RecurrentRuleTests.append(
                LSTM(hiddenSize: 4), &graph, steps, outputCount: 2)[1]
        }
        let written = try ModelTranslation.translate(original, target: .keras3)
        let lstm = try #require(written.properLayers.first { $0.layer is LSTMLayer })
        let kernel = try #require(lstm.written.weights.groups["cell"]?.own["kernel"])
        #expect(kernel.shape == [3, 16])
        // The operator's rows are those of i, o, f, c; Keras's columns those of i, f, c, o.
        let rows = try numbers([1, 16, 3]).array(of: Float.self)
        let columns = try kernel.array(of: Float.self)
        for (keras, onnx) in [0, 2, 3, 1].enumerated() {
            #expect(columns[keras * 4] == rows[onnx * 4 * 3])
        }
    }
}
