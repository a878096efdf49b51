import Foundation
import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX Runtime 1.32.
@Suite struct RecurrentTests {
    /// A recurrent operator, which of its optional inputs are there, and what comes of it.
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var layer: any RecurrentOperator
        /// 3 is the biases, 4 the lengths, 5 and 6 the initial states, 7 the peephole weights.
        var inputs: Set<Int> = [3]
        var last: [Double]
        var all: [Double]
        var cell: [Double] = []
    }

    /// With weights of 0 every gate is ½ and the candidate 0, so that a cell of 2 becomes 1, and tanh sees the bound.
    @Test func clipsTheInputOfEveryActivation() throws {
        let weights = Tensor([Float](repeating: 0, count: 4), shape: [1, 4, 1])
        let zero = Tensor([0] as [Float], shape: [1, 1, 1])
        let outputs = try OperatorHarness.evaluate(
            LSTM(clip: 0.25),
            [zero, weights, weights, nil, nil, nil, Tensor([2] as [Float], shape: [1, 1, 1])],
            outputs: 3)
        let hidden = try #require(outputs[1]).doubles()
        #expect(abs(hidden[0] - 0.5 * tanh(0.25)) < 1e-7)
        let cell = try #require(outputs[2]).doubles()
        #expect(cell == [1])
    }

    static let cases = [
        Case(
            testDescription: "RNN", layer: RNN(),
            last: [-0.86793584, -0.98404604, 0.78600991, -0.99823385],
            all: [
                0.38528395, -0.98780489, 0.66228616, -0.99649078, 0.13583279, -0.999942,
                -0.98030728, -0.96710551, -0.86793584, -0.98404604, 0.78600991, -0.99823385,
            ]),
        Case(
            testDescription: "RNN, both directions, lengths, an initial state, a bound",
            layer: RNN(direction: .bidirectional, activations: [.relu, .sigmoid], clip: 0.75),
            inputs: [3, 4, 5],
            last: [0, 0, 0.75, 0, 0.32082129, 0.67917871, 0.37022537, 0.67917871],
            all: [
                0.75, 0, 0.75, 0, 0.32082129, 0.67917871, 0.37022537, 0.67917871, 0.34375, 0, 0, 0,
                0.32082129, 0.61101389, 0, 0, 0, 0, 0, 0, 0.67917871, 0.32082129, 0, 0,
            ]),
        Case(
            testDescription: "RNN, reverse, no biases",
            layer: RNN(direction: .reverse, activations: [.affine(alpha: 0.5, beta: 0.25)]),
            inputs: [4], last: [-0.23745728, -0.28186035, 0.5859375, -0.2734375],
            all: [
                -0.23745728, -0.28186035, 0.5859375, -0.2734375, 1.0688477, -0.0859375, 0, 0,
                -0.0859375, 0.765625, 0, 0,
            ]),
        Case(
            testDescription: "GRU", layer: GRU(),
            last: [0.77197528, -0.84218687, 0.91762131, -0.92809409],
            all: [
                0.72228998, -0.66616452, 0.64400244, -0.43458116, 0.91538286, -0.48253593,
                0.62207693, -0.72689575, 0.77197528, -0.84218687, 0.91762131, -0.92809409,
            ]),
        Case(
            testDescription: "GRU, reset after the product",
            layer: GRU(direction: .reverse, isLinearBeforeReset: true), inputs: [3, 4, 5],
            last: [0.27074981, 0.29120737, -0.1755572, 0.80065441],
            all: [
                0.27074981, 0.29120737, -0.1755572, 0.80065441, -0.51004565, 0.75907189, 0, 0,
                -1.0702713, 0.19496365, 0, 0,
            ]),
        Case(
            testDescription: "GRU, four activations",
            layer: GRU(
                direction: .bidirectional,
                activations: [
                    .hardSigmoid(alpha: 0.3, beta: 0.4), .softsign, .sigmoid, .elu(alpha: 0.5),
                ], clip: 1.5), inputs: [5],
            last: [
                -0.77299649, 0.47393927, -0.42227578, 0.47843894, 0.13211581, -0.33385223,
                0.50852352, -0.23014817,
            ],
            all: [
                -1.1046009, 0.28337765, -0.57595891, 0.78131568, 0.13211581, -0.33385223,
                0.50852352, -0.23014817, -0.88868314, 0.53809434, -0.58408689, 0.59628123,
                0.63823664, -0.46657556, 0.056630827, -0.043686748, -0.77299649, 0.47393927,
                -0.42227578, 0.47843894, -0.1361551, -0.74832964, 0.15056866, -0.38812989,
            ]),
        Case(
            testDescription: "LSTM", layer: LSTM(),
            last: [-0.1550117, 0.013686636, -0.11390121, 0.048170537],
            all: [
                -0.068154655, -0.083673328, -0.11814719, -0.013594129, -0.23500276, -0.012611835,
                -0.072599009, 0.038172673, -0.1550117, 0.013686636, -0.11390121, 0.048170537,
            ],
            cell: [-0.17753042, 0.65878356, -0.36701748, 0.16595882]),
        Case(
            testDescription: "LSTM, both directions, every input",
            layer: LSTM(direction: .bidirectional), inputs: [3, 4, 5, 6, 7],
            last: [
                -0.55879897, 0.015177468, -0.050588828, -0.097504869, 0.03346679, -0.62595254,
                0.17056331, -0.56466711,
            ],
            all: [
                -0.071731068, 0.088590369, -0.050588828, -0.097504869, 0.03346679, -0.62595254,
                0.17056331, -0.56466711, -0.11835748, 0.042499658, 0, 0, 0.11367447, -0.65398896, 0,
                0, -0.55879897, 0.015177468, 0, 0, 0.016949795, -0.319655, 0, 0,
            ],
            cell: [
                -1.0429689, 0.79484314, -0.67044461, -1.4030712, 0.35349077, -0.7870779, 1.3191329,
                -0.6880877,
            ]),
        Case(
            testDescription: "LSTM, coupled gates",
            layer: LSTM(direction: .reverse, clip: 1, couplesInputAndForget: true),
            inputs: [3, 6], last: [-0.15265772, 0.032299615, -0.10032678, 0.038536742],
            all: [
                -0.15265772, 0.032299615, -0.10032678, 0.038536742, -0.16585401, 0.1555337,
                0.047792733, 0.084114097, -0.11648377, 0.19458266, -0.063018776, -0.21510124,
            ], cell: [-0.6015166, 0.094542265, -0.30596298, 0.14428341]),
        Case(
            testDescription: "LSTM, three activations",
            layer: LSTM(activations: [
                .hardSigmoid(), .scaledTanh(alpha: 0.9, beta: 0.7), .leakyRelu(alpha: 0.1),
            ]), inputs: [], last: [0.057635944, 0.072288625, -0.0069328668, 0.028659478],
            all: [
                -0.0062771612, -0.022062488, -0.010687931, -0.0091786496, -0.02047761, -0.011585575,
                0.083962925, 0.17840432, 0.057635944, 0.072288625, -0.0069328668, 0.028659478,
            ], cell: [0.069186226, 0.44234258, -0.27303541, 0.040268242]),
    ]

    /// The inputs: 3 time steps, 2 samples, 2 features, 2 hidden features.
    private func inputs(_ test: Case) -> [Tensor?] {
        let directions = test.layer.direction.count
        let rows = Swift.type(of: test.layer).gateCount * 2
        let all: [Tensor] = [
            .wave(3, 2, 2), .wave(directions, rows, 2, seed: 1),
            .wave(directions, rows, 2, seed: 2), .wave(directions, 2 * rows, seed: 3),
            Tensor([Int32](arrayLiteral: 3, 1)), .wave(directions, 2, 2, seed: 5),
            .wave(directions, 2, 2, seed: 6), .wave(directions, 6, seed: 7),
        ]
        return all.enumerated().map { $0 < 3 || test.inputs.contains($0) ? $1 : nil }
    }

    @Test(arguments: cases) func walks(_ test: Case) throws {
        let directions = test.layer.direction.count
        let count = test.cell.isEmpty ? 2 : 3
        for (type, tolerance): (DataType, Double) in [
            (.float32, 2e-6), (.float64, 2e-6), (.float16, 0x1p-9), (.bfloat16, 0x1p-6),
        ] {
            let typed = inputs(test).map { $0?.dataType == .float32 ? $0?.cast(to: type) : $0 }
            let outputs = try OperatorHarness.evaluate(test.layer, typed, outputs: count)
            #expect(outputs.allSatisfy { $0?.dataType == type })
            try expectClose(
                outputs[0], test.all, shape: [3, directions, 2, 2], tolerance: tolerance)
            try expectClose(outputs[1], test.last, shape: [directions, 2, 2], tolerance: tolerance)
            if count == 3 { try expectClose(outputs[2], test.cell, tolerance: tolerance) }
        }
        let inferred = try OperatorHarness.infer(
            test.layer, inputs(test).map { $0.map { .tensor($0.dataType, Shape($0.shape)) } })
        #expect(inferred[0] == .tensor(.float32, [3, .known(directions), 2, 2]))
        #expect(inferred[1] == .tensor(.float32, [.known(directions), 2, 2]))
    }

    @Test(arguments: cases) func takesTheBatchFirst(_ test: Case) throws {
        func swapped(_ tensor: Tensor?) throws -> Tensor? {
            try tensor.map { try OperatorHarness.value(Transpose([1, 0, 2]), $0) }
        }
        var given = inputs(test)
        let count = test.cell.isEmpty ? 2 : 3
        let expected = try OperatorHarness.evaluate(test.layer, given, outputs: count)
        for index in [0, 5, 6] { given[index] = try swapped(given[index]) }
        var layer = test.layer
        layer.isBatchFirst = true
        let found = try OperatorHarness.evaluate(layer, given, outputs: count)
        let all = try #require(found[0])
        #expect(
            try OperatorHarness.value(Transpose([1, 2, 0, 3]), all) == expected[0])
        for index in 1..<count { #expect(try swapped(found[index]) == expected[index]) }
        let inferred = try OperatorHarness.infer(
            layer, given.map { $0.map { .tensor($0.dataType, Shape($0.shape)) } })
        #expect(inferred[0].type?.shape?.extents == all.shape)
    }

    @Test func onlyWhatIsAskedFor() throws {
        let layer = LSTM()
        let test = Case(testDescription: "", layer: layer, last: [], all: [])
        let node = Node(
            "LSTM", inputs: ["x", "w", "r"], outputs: ["", "h"],
            attributes: [.int("hidden_size", 2)])
        #expect(try OperatorHarness.read(node, opset: 7) is LSTM)
        let outputs = try OperatorHarness.evaluate(layer, inputs(test), outputs: 0)
        #expect(outputs.isEmpty)
    }

    @Test func infersUnknownDimensions() throws {
        let inferred = try OperatorHarness.infer(
            GRU(direction: .bidirectional),
            [.tensor(.float32, ["T", "N", 4]), Inferred(), .tensor(.float32, [2, 9, 3])])
        #expect(inferred[0] == .tensor(.float32, ["T", 2, "N", 3]))
        #expect(inferred[1] == .tensor(.float32, [2, "N", 3]))
        let batchFirst = try OperatorHarness.infer(
            RNN(hiddenSize: 5, isBatchFirst: true),
            [.tensor(.float32, ["N", "T", 4]), Inferred(), Inferred()])
        #expect(batchFirst[0] == .tensor(.float32, ["N", "T", 1, 5]))
    }

    @Test func emptySequences() throws {
        let (w, r) = (Tensor.wave(1, 2, 3), Tensor.wave(1, 2, 2))
        let none = try OperatorHarness.evaluate(RNN(), [.wave(0, 2, 3), w, r], outputs: 2)
        #expect(none[0]?.shape == [0, 1, 2, 2])
        try expectClose(none[1], [0, 0, 0, 0])
        let nobody = try OperatorHarness.evaluate(RNN(), [.wave(2, 0, 3), w, r], outputs: 2)
        #expect(nobody.map { $0?.shape } == [[2, 1, 0, 2], [1, 0, 2]])
    }

    /// Inputs that make no sense, and why.
    static let refusals: [(layer: any RecurrentOperator, shapes: [[Int]], message: String)] = [
        (RNN(), [[3, 2], [1, 2, 3], [1, 2, 2]], "expected 3 dimensions, found [3, 2]"),
        (
            RNN(hiddenSize: 4), [[3, 2, 3], [1, 2, 3], [1, 2, 2]],
            "expected weights of shape [1, 4, 3], found [1, 2, 3]"
        ),
        (
            LSTM(), [[3, 2, 3], [1, 8, 3], [1, 4, 2]],
            "expected recurrence weights of shape [1, 8, 2], found [1, 4, 2]"
        ),
        (
            GRU(direction: .bidirectional), [[3, 2, 3], [1, 6, 3], [1, 6, 2]],
            "expected weights of shape [2, 6, 3], found [1, 6, 3]"
        ),
        (
            RNN(), [[3, 2, 3], [1, 2, 3], [1, 2, 2], [1, 2]],
            "expected biases of shape [1, 4], found [1, 2]"
        ),
        (
            RNN(activations: [.tanh, .tanh]), [[3, 2, 3], [1, 2, 3], [1, 2, 2]],
            "attribute 'activations': expected 1 activations, found 2"
        ),
    ]

    @Test(arguments: 0..<refusals.count) func refuses(_ index: Int) {
        let test = Self.refusals[index]
        let found = message {
            _ = try OperatorHarness.evaluate(
                test.layer, test.shapes.map { .wave($0) }, outputs: 2)
        }
        #expect(found == test.message)
    }

    @Test func refusesLengthsOutOfRange() {
        let found = message {
            _ = try OperatorHarness.evaluate(
                RNN(),
                [
                    .wave(3, 2, 3), .wave(1, 2, 3), .wave(1, 2, 2), nil,
                    Tensor([Int32](arrayLiteral: 4, 1)),
                ], outputs: 2)
        }
        #expect(found == "expected 2 sequence lengths from 0 to 3, found [4, 1]")
    }
}
