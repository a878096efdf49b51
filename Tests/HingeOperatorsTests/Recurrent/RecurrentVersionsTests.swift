import HingeGraph
import Testing

@testable import HingeOperators

@Suite struct RecurrentVersionsTests {
    private func node(
        _ type: String, _ attributes: [Attribute] = [], outputs: [String] = ["y", "h"]
    ) -> Node {
        Node(type, name: "n", inputs: ["x", "w", "r"], outputs: outputs, attributes: attributes)
    }

    @Test func readsActivations() throws {
        let lstm = try OperatorHarness.read(
            node(
                "LSTM",
                [
                    .string("direction", "bidirectional"),
                    .strings(
                        "activations",
                        ["HardSigmoid", "Tanh", "LeakyRelu", "sigmoid", "Affine", "Elu"]),
                    .floats("activation_alpha", [0.3, 0.02, 2]),
                    .floats("activation_beta", [0.4]),
                ]), opset: 7)
        #expect(
            (lstm as? LSTM)?.activations == [
                .hardSigmoid(alpha: 0.3, beta: 0.4), .tanh, .leakyRelu(alpha: 0.02), .sigmoid,
                .affine(alpha: 2, beta: 0), .elu(alpha: 1),
            ])
        let rnn = try OperatorHarness.read(
            node("RNN", [.strings("activations", ["Tanh", "Tanh"])]), opset: 22)
        #expect((rnn as? RNN)?.activations == [])
        #expect(RNN().resolvedActivations == [.tanh])
        #expect(
            LSTM(direction: .bidirectional).resolvedActivations
                == [.sigmoid, .tanh, .tanh, .sigmoid, .tanh, .tanh])
    }

    @Test func spellsActivations() throws {
        let gru = GRU(
            hiddenSize: 3, direction: .reverse,
            activations: [.hardSigmoid(alpha: 0.3, beta: 0.4), .thresholdedRelu()], clip: 2,
            isLinearBeforeReset: true)
        let spelled = try Speller.spell(
            gru, opset: 22, inputs: ["x", "w", "r"], outputs: ["", "h"], isTaken: { _ in false })
        #expect(
            spelled.nodes[0].attributes == [
                .floats("activation_alpha", [0.3, 1]), .floats("activation_beta", [0.4]),
                .strings("activations", ["HardSigmoid", "ThresholdedRelu"]), .float("clip", 2),
                .string("direction", "reverse"), .int("hidden_size", 3),
                .int("linear_before_reset", 1),
            ])
        let again = try OperatorHarness.read(spelled.nodes[0], opset: 22)
        #expect((again as? GRU)?.activations == gru.activations)
    }

    @Test func outputSequenceBelongsToOldVersions() throws {
        let hidden = Attribute.int("hidden_size", 2)
        let old = node("LSTM", [hidden, .int("output_sequence", 1)])
        #expect(try OperatorHarness.convert(old, from: 1, to: 7).nodes[0].attributes == [hidden])
        let new = try OperatorHarness.convert(node("LSTM", [hidden]), from: 14, to: 1).nodes[0]
        #expect(new.attributes == [hidden, .int("output_sequence", 1)])
        let last = try OperatorHarness.convert(
            node("RNN", [hidden], outputs: ["", "h"]), from: 14, to: 1
        ).nodes[0]
        #expect(last.attributes == [hidden])
    }

    @Test func batchFirstIsTransposedBeforeVersion14() throws {
        let first = node("LSTM", [.int("layout", 1)], outputs: ["y", "", "c"])
        let nodes = try OperatorHarness.convert(first, from: 14, to: 13).nodes
        #expect(nodes.map(\.type) == ["Transpose", "LSTM", "Transpose", "Transpose"])
        #expect(nodes[1].outputs[1].isEmpty)
        #expect(nodes[2].attributes == [.ints("perm", [2, 0, 1, 3])])
        #expect(nodes[2].outputs == ["y"] && nodes[3].outputs == ["c"])
        #expect(try OperatorHarness.convert(first, from: 14, to: 22).nodes == [first])
    }

    @Test func refuses() throws {
        func convert(_ node: Node, to opset: Int, _ type: DataType = .float32) -> String {
            message {
                _ = try OperatorHarness.convert(
                    node, from: 22, to: opset, known: [.tensor(type, nil)])
            }
        }
        let linear = node("GRU", [.int("linear_before_reset", 1)])
        #expect(
            convert(linear, to: 2)
                == "GRU with the attribute 'linear_before_reset' needs opset 3, not 2")
        #expect(convert(node("RNN"), to: 21, .bfloat16) == "RNN of bfloat16 needs opset 22, not 21")
        func read(_ type: String, _ attributes: Attribute...) -> String {
            message { _ = try OperatorHarness.read(node(type, attributes), opset: 14) }
        }
        #expect(
            read("LSTM", .string("direction", "backward"))
                == "node 'n' (LSTM) › attribute 'direction': expected one of 'forward', 'reverse', "
                + "'bidirectional', found 'backward'")
        #expect(
            read("LSTM", .strings("activations", ["Tanh"]))
                == "node 'n' (LSTM) › attribute 'activations': expected 3 names, found 1")
        #expect(
            read("RNN", .strings("activations", ["Gelu"]))
                == "node 'n' (RNN) › attribute 'activations': 'Gelu' is not an activation")
        #expect(
            read("GRU", .int("hidden_size", 0))
                == "node 'n' (GRU) › attribute 'hidden_size': expected 1 or more, found 0")
        #expect(
            read("GRU", .float("clip", -1))
                == "node 'n' (GRU) › attribute 'clip': expected 0 or more, found -1.0")
    }
}
