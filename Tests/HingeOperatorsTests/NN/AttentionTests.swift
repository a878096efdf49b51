import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX's reference evaluator 1.23.2.
@Suite struct AttentionTests {
    /// An attention and what comes of it.
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var attention: Attention
        var inputs: [Tensor?]
        var shape: [Int]
        var expected: [Double]
        /// The oldest version that says it.
        var oldest = 9
    }

    private static let heads = [
        Tensor.wave(1, 2, 3, 4), .wave(1, 2, 3, 4, seed: 1), .wave(1, 2, 3, 2, seed: 2),
    ]

    private static func make(_ change: (inout Attention) -> Void) -> Attention {
        var attention = Attention()
        change(&attention)
        return attention
    }

    private static func flags(_ rows: [UInt8], _ shape: Int...) -> Tensor {
        Tensor(rows.map { Int32($0) }, shape: shape).cast(to: .bool)
    }

    static let cases = [
        Case(
            testDescription: "four dimensions", attention: Attention(), inputs: heads,
            shape: [1, 2, 3, 2],
            expected: [
                -0.2576555, -0.19056594, -0.88641644, 0.4402498, -0.4789649, 0.8855837, -0.30237722,
                0.56899744, 0.63750792, 0.079789892, 0.76416689, 0.31011239,
            ], oldest: 7),
        Case(
            testDescription: "three dimensions",
            attention: Attention(queryHeadCount: 2, keyHeadCount: 2),
            inputs: [.wave(1, 3, 4), .wave(1, 2, 4, seed: 1), .wave(1, 2, 6, seed: 2)],
            shape: [1, 3, 6],
            expected: [
                -0.61865628, 0.35495001, 0.0063437298, 0.49472412, -0.63027585, 0.41614223,
                -0.73152983, 0.41514924, -0.10652983, 1.101406, -0.023594167, -0.72138596,
                0.44696486, -0.21338126, 1.0719649, 0.47681415, -0.64818579, 0.44972339,
            ], oldest: 7),
        Case(
            testDescription: "shared heads", attention: Attention(),
            inputs: [
                .wave(1, 4, 2, 2), .wave(1, 2, 3, 2, seed: 1), .wave(1, 2, 3, 2, seed: 2),
            ],
            shape: [1, 4, 2, 2],
            expected: [
                -0.69905847, 0.51326728, -0.76650488, 0.42377532, -0.82548714, 0.38307244,
                -0.27066606, 0.21845391, 0.15501924, 0.42839116, 0.55245334, 0.13635066, 0.25696501,
                0.36364934, 0.61883622, 0.071608827,
            ], oldest: 7),
        Case(
            testDescription: "causal", attention: Attention(isCausal: true), inputs: heads,
            shape: [1, 2, 3, 2],
            expected: [
                -1.125, 0.625, -1.0610596, 0.68894047, -0.4789649, 0.8855837, 0.75, -0.375,
                1.0093118, -0.11568821, 0.76416689, 0.31011239,
            ]),
        Case(
            testDescription: "scale and cap",
            attention: make {
                $0.scale = 0.5
                $0.softcap = 0.75
            }, inputs: heads, shape: [1, 2, 3, 2],
            expected: [
                -0.29830697, -0.10826451, -0.73850197, 0.35928869, -0.47790346, 0.66427851,
                -0.019387506, 0.42150494, 0.55933112, 0.12533098, 0.68945998, 0.297573,
            ], oldest: 7),
        Case(
            testDescription: "mask of numbers", attention: Attention(),
            inputs: heads + [.wave(3, 3, seed: 3)], shape: [1, 2, 3, 2],
            expected: [
                -0.088744424, -0.64774859, -0.69869328, 0.53861982, -0.48028046, 1.1183112,
                -0.61997992, 0.7075386, 0.96735668, 0.22708103, 1.1207324, 0.29451436,
            ]),
        Case(
            testDescription: "mask of booleans that leaves a query without keys",
            attention: Attention(), inputs: heads + [flags([1, 0, 1, 0, 0, 0, 0, 1, 1], 3, 3)],
            shape: [1, 2, 3, 2],
            expected: [
                -0.19048004, -0.58987594, 0, 0, -0.40685296, 0.91467059, -0.53461176, 0.61316288, 0,
                0, 0.76641947, 0.41905016,
            ]),
        Case(
            testDescription: "mask for fewer keys", attention: Attention(),
            inputs: heads + [.wave(2, 1, 2, seed: 3)], shape: [1, 2, 3, 2],
            expected: [
                -0.96072388, 0.78927612, -1.1027009, 0.64729905, -0.67985487, 1.0701451, 0.86041969,
                -0.26458022, 0.8669579, -0.25804207, 1.123945, -0.001054883,
            ]),
        Case(
            testDescription: "past keys, causal", attention: Attention(isCausal: true),
            inputs: heads + [nil, .wave(1, 2, 2, 4, seed: 4), .wave(1, 2, 2, 2, seed: 5)],
            shape: [1, 2, 3, 2],
            expected: [
                -1.2316774, 0.51832247, -1.0450864, 0.70491362, -0.61225444, 0.85114354, 0.44300264,
                -0.68199736, 0.62989515, -0.49510497, 0.41368324, -0.33671749,
            ]),
        Case(
            testDescription: "keys that count, causal", attention: Attention(isCausal: true),
            inputs: [
                .wave(2, 1, 2, 2), .wave(2, 1, 3, 2, seed: 1), .wave(2, 1, 3, 2, seed: 2), nil, nil,
                nil, .ints(1, 3),
            ], shape: [2, 1, 2, 2],
            expected: [
                0, 0, -1.125, 0.625, 1.1546307, 0.029630691, 0.47444776, 0.20405781,
            ]),
        Case(
            testDescription: "windows",
            attention: make {
                $0.leftWindow = 1
                $0.rightWindow = 0
            }, inputs: heads, shape: [1, 2, 3, 2],
            expected: [
                -1.125, 0.625, -1.0610596, 0.68894047, -0.40685296, 0.91467059, 0.75, -0.375,
                1.0093118, -0.11568821, 0.76641947, 0.41905016,
            ]),
    ]

    @Test(arguments: cases, [DataType.float32, .float64])
    func evaluates(_ test: Case, _ type: DataType) throws {
        let inputs = test.inputs.map { $0.map { $0.dataType == .float32 ? $0.cast(to: type) : $0 } }
        let result = try OperatorHarness.evaluate(test.attention, inputs)[0]
        #expect(result?.dataType == type)
        try expectClose(result, test.expected, shape: test.shape)
    }

    /// The 16-bit types are computed in `Float` and rounded once: half a unit of 2⁻⁸ of numbers up to 1.25.
    @Test(arguments: cases, [DataType.float16, .bfloat16])
    func roundsOnce(_ test: Case, _ type: DataType) throws {
        let inputs = test.inputs.map { $0.map { $0.dataType == .float32 ? $0.cast(to: type) : $0 } }
        let result = try OperatorHarness.evaluate(test.attention, inputs)[0]
        #expect(result?.dataType == type)
        try expectClose(
            result, test.expected, shape: test.shape, tolerance: type == .float16 ? 5e-4 : 4e-3)
    }

    @Test(arguments: cases)
    func infersWhatItEvaluates(_ test: Case) throws {
        let known = test.inputs.map { $0.map { Inferred.tensor($0.dataType, Shape($0.shape)) } }
        let inferred = try OperatorHarness.infer(test.attention, known)[0]
        #expect(inferred == .tensor(.float32, Shape(test.shape)))
    }

    @Test(arguments: cases, [7, 9, 13, 17, 18, 21, 23, 24, 25])
    func meansTheSameAtEveryVersion(_ test: Case, _ opset: Int) throws {
        guard opset >= test.oldest else { return }
        let graph = try SpelledGraph(
            test.attention, opset: opset, inputs: test.inputs, constants: [], outputCount: 1)
        let result = try graph.run(test.inputs, constants: [], outputCount: 1)[0]
        try expectClose(result, test.expected, shape: test.shape)
        let needed = test.attention.leftWindow != nil ? 25 : test.inputs.count > 6 ? 24 : 23
        if opset > needed { #expect(graph.nodes.map(\.type) == ["Attention"]) }
    }

    /// Each state of the scores; that before the cap computed with NumPy, since the reference evaluator caps it.
    @Test(arguments: [
        (Attention.ScoreOutput.products, [0.19887378, -0.29831067, 0.47508737, -0.74025241]),
        (.capped, [0.19822089, -0.29611799, 0.46634862, -0.70820421]),
        (.masked, [-0.051779106, -1.671118, 0.84134865, -1.4582043]),
        (.probabilities, [0.83470398, 0.16529606, 0.90884, 0.091159999]),
    ])
    func givesScores(_ state: Attention.ScoreOutput, _ expected: [Double]) throws {
        var attention = Attention()
        attention.softcap = 2
        attention.scoreOutput = state
        let inputs = [
            Tensor.wave(1, 1, 2, 2), .wave(1, 1, 2, 2, seed: 1), .wave(1, 1, 2, 2, seed: 2),
            .wave(2, 2, seed: 3),
        ]
        let outputs = try OperatorHarness.evaluate(attention, inputs, outputs: 4)
        try expectClose(outputs[0], [-1.02169, 0.72831011, -1.068025, 0.68197501])
        try expectClose(outputs[3], expected, shape: [1, 1, 2, 2], tolerance: 1e-5)
        for opset in [13, 23, 24] {
            let graph = try SpelledGraph(
                attention, opset: opset, inputs: inputs, constants: [], outputCount: 4)
            let again = try graph.run(inputs, constants: [], outputCount: 4)
            try expectClose(again[3], expected, tolerance: 1e-5)
            try expectClose(again[1], try inputs[1].doubles())
        }
    }

    /// The expected values come from ONNX's reference evaluator and ONNX Runtime, which agree.
    @Test(
        arguments: [
            ([1, 0, .nan, 1], [1, 2, 3, 4], [.nan, .nan, .nan, .nan]),
            ([1, 0, 0, 1], [1, 2, .nan, .infinity], [.nan, .nan, .nan, .infinity]),
        ] as [([Float], [Float], [Double])])
    func keepsWhatIsNoNumberInKeysLeftOut(
        _ key: [Float], _ value: [Float], _ expected: [Double]
    ) throws {
        let inputs = [[1, 1, 1, 1], key, value].map { Tensor($0, shape: [1, 1, 2, 2]) }
        let y = try OperatorHarness.evaluate(Attention(isCausal: true), inputs)[0]
        let found = try #require(y).doubles()
        #expect(found.map(\.description) == expected.map(\.description))
    }

    @Test(arguments: [9, 13, 23])
    func joinsPastAndPresent(_ opset: Int) throws {
        let attention = Attention(queryHeadCount: 2, keyHeadCount: 2)
        let inputs = [
            Tensor.wave(1, 1, 4), .wave(1, 1, 4, seed: 1), .wave(1, 1, 2, seed: 2), nil,
            .wave(1, 2, 2, 2, seed: 4), .wave(1, 2, 2, 1, seed: 5),
        ]
        let keys = try #require(try inputs[1]?.doubles())
        let past = try #require(try inputs[4]?.doubles())
        let expected = past[..<4] + keys[..<2] + past[4...] + keys[2...]
        let outputs = try OperatorHarness.evaluate(attention, inputs, outputs: 3)
        try expectClose(outputs[1], Array(expected), shape: [1, 2, 3, 2])
        let graph = try SpelledGraph(
            attention, opset: opset, inputs: inputs, constants: [], outputCount: 3)
        let again = try graph.run(inputs, constants: [], outputCount: 3)
        for index in 0..<3 {
            try expectClose(again[index], try #require(try outputs[index]?.doubles()))
        }
    }

    @Test func infersSymbolicShapes() throws {
        let known: [Inferred?] = [
            .tensor(.float32, ["N", "L", 32]), .tensor(.float32, ["N", "T", 16]),
            .tensor(.float32, ["N", "T", 16]),
        ]
        let attention = Attention(queryHeadCount: 4, keyHeadCount: 2)
        let inferred = try OperatorHarness.infer(attention, known, outputs: 4)
        #expect(
            inferred.map { $0.type?.shape } == [
                ["N", "L", 32], ["N", 2, "T", 8], ["N", 2, "T", 8], ["N", 4, "L", "T"],
            ])
    }

    /// A mask for one key is for all before version 24, and leaves out the others from then on.
    @Test func readsMasksOfOneKeyByVersion() throws {
        let node = Node("Attention", inputs: ["q", "k", "v", "m"], outputs: ["y"])
        let inputs = AttentionTests.heads + [Tensor([Float(0)], shape: [1, 1])]
        let whole = try OperatorHarness.read(node, opset: 23)
        let padded = try OperatorHarness.read(node, opset: 24)
        let unmasked = AttentionTests.cases[0].expected
        try expectClose(try OperatorHarness.evaluate(whole, inputs)[0], unmasked)
        let values = try inputs[2].doubles()
        let first = [0, 0, 0, 6, 6, 6].flatMap { [values[$0], values[$0 + 1]] }
        try expectClose(try OperatorHarness.evaluate(padded, inputs)[0], first)
        for (operation, expected) in [(whole, unmasked), (padded, first)] {
            for opset in [13, 23, 24] {
                let graph = try SpelledGraph(
                    operation, opset: opset, inputs: inputs, constants: [], outputCount: 1)
                try expectClose(
                    try graph.run(inputs, constants: [], outputCount: 1)[0], expected)
            }
        }
    }

    @Test(arguments: [
        (
            [[1, 3, 4], [1, 3, 4], [1, 3, 4]],
            "expected the numbers of heads for inputs of three dimensions"
        ),
        (
            [[1, 2, 3, 4], [1, 2, 3], [1, 2, 3]],
            "expected query, key and value of one rank, found 4 and 3"
        ),
        (
            [[1, 3, 2, 4], [1, 2, 2, 4], [1, 2, 2, 4]],
            "3 heads of the query cannot share 2 of the key"
        ),
        (
            [[1, 2, 2, 4], [1, 2, 2, 3], [1, 2, 2, 3]],
            "expected heads of query and key of one size, found 4 and 3"
        ),
        ([[1, 2, 2, 4], [1, 2, 2, 4], [1, 2, 3, 4]], "dimensions 2 and 3 differ"),
        (
            [[1, 2, 2, 4], [1, 2, 2, 4], [1, 2, 2, 4], [3, 2]],
            "a mask of shape [3, 2] does not broadcast to [1, 2, 2, 2]"
        ),
    ])
    func refusesWhatDoesNotFit(_ shapes: [[Int]], _ expected: String) {
        let inputs = shapes.map { Tensor.wave($0) }
        let known = inputs.map { Inferred.tensor(.float32, Shape($0.shape)) }
        #expect(message { _ = try OperatorHarness.infer(Attention(), known) } == expected)
        #expect(message { _ = try OperatorHarness.evaluate(Attention(), inputs) } == expected)
    }

    /// Positions that follow from such numbers may not fit an integer.
    @Test(arguments: [Int64.min, -1, 3, .max])
    func refusesNumbersOfKeysThatThereAreNot(_ count: Int64) {
        let attention = Self.make {
            $0.isCausal = true
            $0.rightWindow = 1
        }
        let rows = Tensor.wave(2, 1, 2, 4)
        let inputs = [rows, rows, rows, nil, nil, nil, Tensor([2, count])]
        #expect(
            message { _ = try OperatorHarness.evaluate(attention, inputs) }
                == "expected numbers of keys from 0 to 2, found \(count)")
    }

    @Test(arguments: [
        (
            Attribute.int("q_num_heads", 0),
            "node (Attention) › attribute 'q_num_heads': expected 1 or more, found 0"
        ),
        (
            .int("qk_matmul_output_mode", 4),
            "node (Attention) › attribute 'qk_matmul_output_mode': expected 0 to 3, found 4"
        ),
        (
            .int("left_window_size", -2),
            "node (Attention) › attribute 'left_window_size': expected -1 or more, found -2"
        ),
    ])
    func refusesAttributes(_ attribute: Attribute, _ expected: String) {
        let node = Node(
            "Attention", inputs: ["q", "k", "v"], outputs: ["y"], attributes: [attribute])
        #expect(message { _ = try OperatorHarness.read(node, opset: 25) } == expected)
    }
}
