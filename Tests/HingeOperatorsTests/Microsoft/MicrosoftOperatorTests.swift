import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX Runtime 1.32.0; `Tests/Peers/microsoft.py` compares many more.
@Suite struct MicrosoftOperatorTests {
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var operation: any Operator
        var inputs: [Tensor?]
        var outputs: [[Double]]
    }

    static let all = matrices + normalizations + attentions + others

    static let matrices: [Case] = [
        Case(
            testDescription: "FusedMatMul",
            operation: FusedMatMul(
                alpha: 0.5, first: .init(isOn: true, movesBatch: true), second: .init(isOn: true)),
            inputs: [.wave(2, 3, 2), .wave(3, 1, 2, seed: 1)],
            outputs: [[0.125, -0.5859375, -0.5, 0.6015625, -0.34375, -0.484375]]),
        Case(
            testDescription: "QLinearAdd", operation: QLinearAdd(),
            inputs: [
                .bytes(0, 100, 255), .scalar(0.5), .byte(128), .bytes(7, 9, 200), .scalar(0.25),
                .byte(0), .scalar(1), .byte(100),
            ], outputs: [[38, 88, 214]]),
        Case(
            testDescription: "QGemm", operation: QGemm(),
            inputs: [
                .bytes(1, 2, 250, 4, shape: [2, 2]), .scalar(0.5), .byte(3), small,
                Tensor([0.5, 0.25] as [Float]), Tensor([0, 0] as [Int8]),
                Tensor([8, -9] as [Int32]),
            ], outputs: [[0.75, -1.125, 64.5, -62.375]]),
        Case(
            testDescription: "DynamicQuantizeMatMul", operation: DynamicQuantizeMatMul(),
            inputs: [
                .wave(2, 3), Tensor([1, -2, 3, 4, -100, 90] as [Int8], shape: [3, 2]),
                Tensor([0.5, 0.25] as [Float]), Tensor([1, 0] as [Int8]), .wave(2, seed: 1),
            ], outputs: [[-31.764954, 12.663481, -3.9914217, 3.9737749]]),
        Case(
            testDescription: "MatMulIntegerToFloat", operation: MatMulIntegerToFloat(),
            inputs: [
                .bytes(1, 2, 250, 4, shape: [2, 2]), small, .scalar(0.5), .scalar(0.25), .byte(3),
            ], outputs: [[-0.625, 0, 31.25, -61.25]]),
        Case(
            testDescription: "MatMulNBits",
            operation: MatMulNBits(rows: 16, columns: 2, blockSize: 16),
            inputs: [
                .wave(1, 16),
                Tensor((0..<16).map { UInt8(($0 * 37 + 11) % 256) }, shape: [2, 1, 8]),
                .wave(2, seed: 1), .bytes(3, 9),
            ], outputs: [[-15.203125, -4.6875]]),
    ]

    private static let small = Tensor([1, -2, 3, 4] as [Int8], shape: [2, 2])

    static let normalizations = [
        Case(
            testDescription: "BiasGelu", operation: BiasGelu(),
            inputs: [.wave(2, 3), .wave(3, seed: 1)],
            outputs: [
                [0.7080614, -0.11627787, -0.16997051, 0.24231367, 0.84134471, -0.13206221]
            ]),
        Case(
            testDescription: "FastGelu", operation: FastGelu(),
            inputs: [.wave(2, 3), .wave(3, seed: 1)],
            outputs: [
                [0.70795274, -0.11651141, -0.17003945, 0.24230777, 0.84119201, -0.13228577]
            ]),
        Case(
            testDescription: "QuickGelu", operation: QuickGelu(), inputs: [.wave(2, 3)],
            outputs: [
                [0, -0.14450414, 0.46462908, -0.14961158, 1.1169343, 0.069123477]
            ]),
        Case(
            testDescription: "SkipLayerNormalization",
            operation: SkipLayerNormalization(epsilon: 0.001),
            inputs: [
                .wave(1, 2, 4), .wave(2, 4, seed: 1), .wave(4, seed: 2), .wave(4, seed: 3),
                .wave(4, seed: 4),
            ],
            outputs: [
                [
                    -1.5973692, -2.3465073, 0.1838838, -0.78185272, -1.7569367, -1.0959376,
                    0.59824991, -2.4243741,
                ]
            ]),
        Case(
            testDescription: "SkipSimplifiedLayerNormalization",
            operation: SkipSimplifiedLayerNormalization(epsilon: 0.001),
            inputs: [.wave(1, 2, 4), .wave(1, 2, 4, seed: 1), .wave(4, seed: 2)],
            outputs: [
                [
                    -1.0940244, -0.95510066, 0.4167712, -0.17365468, -0.6457364, 0.80717051,
                    0.6457364, -0.71748489,
                ]
            ]),
        Case(
            testDescription: "EmbedLayerNormalization",
            operation: EmbedLayerNormalization(epsilon: 0.1),
            inputs: [
                .indices(1, 0, 2, 1, shape: [2, 2]), .indices(0, 1, 1, 0, shape: [2, 2]),
                .wave(3, 2), .wave(2, 2, seed: 1), .wave(2, 2, seed: 2), .wave(2, seed: 3),
                .wave(2, seed: 4), .indices(1, 1, 1, 0, shape: [2, 2]),
            ],
            outputs: [
                [
                    0.46995658, 0.35273886, 0.86658096, -1.8286953, 0.46995658, 0.35273886,
                    0.86658096, -1.8286953,
                ], [2, 1], [0.375, -0.125, -1.875, 0.5, 1.625, 1.125, -1.875, 0.5],
            ]),
        Case(
            testDescription: "RotaryEmbedding by the first position",
            operation: MicrosoftRotaryEmbedding(RotaryEmbedding()),
            inputs: [.wave(1, 2, 8), .ints(2), .wave(5, 2, seed: 1), .wave(5, 2, seed: 2)],
            outputs: [
                [
                    -0.078125, -1.625, -0.46875, 0.625, -0.8125, 0.875, 0.90625, 0.625, -0.140625,
                    -2.046875, -0.3125, 0.578125, 0.921875, 0.453125, 0.828125, -0.375,
                ]
            ]),
    ]

    static let attentions = [
        Case(
            testDescription: "Attention with ends and beginnings of keys",
            operation: MicrosoftAttention(AttentionScoring(headCount: 2)),
            inputs: [
                .wave(2, 2, 3), .wave(3, 12, seed: 1), .wave(12, seed: 2),
                .indices(2, 1, 0, 1, shape: [4]),
            ],
            outputs: [
                [
                    2.3183019, 0.96942264, -1.6818484, 0.97872335, -0.41458184, 0.68715286,
                    -0.33243245, -0.37069258, 2.9529459, -1.5307714, -2.6220875, 1.9544984,
                    2.9264197, -1.4598647, -2.6465466, 1.9535149,
                ]
            ]),
        Case(
            testDescription: "Attention with a past, causal",
            operation: MicrosoftAttention(AttentionScoring(headCount: 2, isCausal: true)),
            inputs: [
                .wave(1, 2, 3), .wave(3, 12, seed: 1), .wave(12, seed: 2),
                .indices(0, 1, 1, shape: [1, 3]), .wave(2, 1, 2, 1, 2, seed: 3),
            ],
            outputs: [
                [
                    -0.5625, 0.671875, 0.109375, -0.8125, -0.41458184, 0.68715286, -0.33243245,
                    -0.37069258,
                ],
                [
                    -0.25, -1.375, 0.609375, 0.046875, 0.78125, -2.765625, 0.375, -0.75, -0.875,
                    0.359375, 1.59375, -0.15625, 1, -0.125, -0.5625, 0.671875, 2.765625, 1.015625,
                    -1.25, 0.5, 0.109375, -0.8125, -2.53125, 1.828125,
                ],
            ]),
        Case(
            testDescription: "MultiHeadAttention with lengths",
            operation: MultiHeadAttention(AttentionScoring(headCount: 2)),
            inputs: [
                .wave(1, 2, 4), .wave(1, 2, 4, seed: 1), .wave(1, 2, 4, seed: 2),
                .wave(12, seed: 3), .indices(1, shape: [1]),
            ],
            outputs: [
                [-1.75, 1.75, -0.5, 0.125, -1.75, 1.75, -0.5, 0.125],
                [1.875, -0.375, 0.25, 0.875, -2.625, 0.875, -1.375, -0.75],
                [-1.75, 1.75, -0.5, 0.125, -0.5, 0.125, 0.75, -1.5],
            ]),
        Case(
            testDescription: "GroupQueryAttention of a next token", operation: nextToken,
            inputs: [
                .wave(1, 1, 32), .wave(1, 1, 16, seed: 1), .wave(1, 1, 16, seed: 2),
                .wave(1, 1, 2, 16, seed: 3), .wave(1, 1, 2, 16, seed: 4), .indices(2, shape: [1]),
                Tensor(scalar: 3 as Int32), .wave(4, 8, seed: 5), .wave(4, 8, seed: 6),
            ],
            outputs: [
                [
                    -0.28314185, -0.953484, 0.34185815, -0.32848403, 0.96685821, -0.15814185,
                    -0.82848406, 0.46685815, -0.20348403, 1.0918581, -0.033141848, -0.70348406,
                    0.59185815, -0.53314185, 1.2168581, 0.091858149, -0.24320048, -1.0283741,
                    0.38179952, -0.40337411, 1.0067996, -0.11820048, -0.90337408, 0.50679952,
                    -0.27837411, 1.1317996, 0.0067995237, -0.77837408, 0.63179952, -0.49320045,
                    1.2567996, 0.13179953,
                ]
            ]),
    ]

    static let others = [
        Case(
            testDescription: "TransposeMatMul",
            operation: TransposeMatMul(alpha: 0.5, transposesA: true, transposesB: true),
            inputs: [.wave(3, 2), .wave(2, 3, seed: 1)],
            outputs: [[-0.9375, 0.390625, -0.515625, 0.0390625]]),
        Case(
            testDescription: "QuantizeLinear",
            operation: MicrosoftQuantizeLinear(axis: 0),
            inputs: [.wave(2, 3), Tensor([0.25, 0.5] as [Float]), .bytes(128, 3)],
            outputs: [[128, 124, 130, 2, 5, 3]]),
        Case(
            testDescription: "DequantizeLinear",
            operation: MicrosoftDequantizeLinear(),
            inputs: [.bytes(0, 3, 255), Tensor([0.25] as [Float]), .bytes(3)],
            outputs: [[-0.75, 0, 63]]),
        Case(
            testDescription: "QEmbedLayerNormalization",
            operation: QEmbedLayerNormalization(epsilon: 0.001),
            inputs: [
                .indices(1, 0, shape: [1, 2]), nil, .bytes(0, 50, 100, 30, 20, 10, shape: [2, 3]),
                .bytes(9, 8, 7, 1, 2, 3, shape: [2, 3]), nil, .bytes(10, 20, 30), .bytes(1, 2, 3),
                .indices(1, 0, shape: [1, 2]), .scalar(0.5), .scalar(0.25), nil, .scalar(0.125),
                .scalar(1), .byte(3), .byte(2), nil, .byte(1), .byte(0),
            ],
            outputs: [[2.3778005, 2, -1.4395795, -0.37783623, 2, 7.4396949], [1]]),
        Case(
            testDescription: "GroupQueryAttention with sinks",
            operation: sinks,
            inputs: [
                .wave(1, 2, 16), .wave(1, 2, 8, seed: 1), .wave(1, 2, 8, seed: 2), nil, nil,
                .indices(1, shape: [1]), Tensor(scalar: 2 as Int32), nil, nil, nil, nil,
                Tensor([0.5, -1] as [Float]),
            ],
            outputs: [
                [
                    -0.23248574, 0.12915875, -0.103327, 0.2583175, 0.02583175, -0.206654,
                    0.15499049, -0.077495247, -0.59047353, 0.32804087, -0.26243269, 0.65608174,
                    0.065608174, -0.52486539, 0.39364904, -0.19682452, 0.018721249, 0.14967448,
                    -0.22631018, 0.35855484, -0.017429814, -0.39341447, 0.19145055, -0.1845341,
                    -0.28525588, 0.38555571, -0.45962399, 0.85509998, 0.0099202804, -0.83525944,
                    0.47946456, -0.36571515,
                ],
                [
                    0.875, -0.25, -1.375, 0.375, -0.75, 1, -0.125, -1.25, 0.5, -0.625, 1.125, 0,
                    -1.125, 0.625, -0.5, 1.25,
                ],
                [
                    -1.125, 0.625, -0.5, 1.25, 0.125, -1, 0.75, -0.375, 1.375, 0.25, -0.875, 0.875,
                    -0.25, -1.375, 0.375, -0.75,
                ],
                [
                    -0.84521353, 0, -0.82864076, -0.93912619, -0.90045625, 0, -0.24859223,
                    -1.1048543,
                ],
            ]),
        Case(
            testDescription: "MultiHeadAttention in a buffer",
            operation: MultiHeadAttention(AttentionScoring(headCount: 2)),
            inputs: [
                .wave(1, 1, 4), .wave(1, 1, 4, seed: 1), .wave(1, 1, 4, seed: 2), nil, nil, nil,
                .wave(1, 2, 3, 2, seed: 3), .wave(1, 2, 3, 2, seed: 4), .indices(1, shape: [1]),
            ],
            outputs: [
                [0.11733711, -0.17364529, -0.43715477, 1.3128455],
                [-0.25, -1.375, 0.875, -0.25, 1, -0.125, -1.25, 0.5, -1.375, 0.375, 0, -1.125],
                [0.625, -0.5, -1.125, 0.625, -1, 0.75, -0.375, 1.375, -0.5, 1.25, 0.875, -0.25],
            ]),
        Case(
            testDescription: "MultiHeadAttention of beams",
            operation: MultiHeadAttention(AttentionScoring(headCount: 2)),
            inputs: [
                .wave(2, 1, 4), .wave(2, 1, 4, seed: 1), .wave(2, 1, 4, seed: 2), nil, nil, nil,
                .wave(2, 2, 3, 2, seed: 3), .wave(2, 2, 3, 2, seed: 4), .indices(2, shape: [1]),
                .indices(1, 0, 0, 0, 1, 1, shape: [1, 2, 3]),
            ],
            outputs: [
                [
                    -0.25399864, 0.342071, 0.099128611, -0.11633474, -0.41040695, 0.49346,
                    -0.039633706, 0.97226065,
                ],
                [
                    -0.25, -1.375, 0.375, -0.75, 0.875, -0.25, -1.25, 0.5, -0.625, 1.125,
                    -1.375, 0.375, 0.625, -0.5, 1.25, 0.125, -0.75, 1, -0.375, 1.375,
                    0.25, -0.875, -0.125, -1.25,
                ],
                [
                    0.625, -0.5, 1.25, 0.125, -1.125, 0.625, -0.375, 1.375, 0.25, -0.875,
                    -0.5, 1.25, -1.375, 0.375, -0.75, 1, 0.125, -1, 0.5, -0.625, 1.125, 0,
                    0.75, -0.375,
                ],
            ]),
    ]

    private static let sinks: GroupQueryAttention = {
        var attention = GroupQueryAttention(queryHeadCount: 2, keyHeadCount: 1)
        attention.scoreOutput = .products
        return attention
    }()

    private static let nextToken: GroupQueryAttention = {
        var attention = GroupQueryAttention(queryHeadCount: 2, keyHeadCount: 1)
        attention.isRotary = true
        attention.window = 2
        return attention
    }()

    private func expect(_ found: [Tensor?], _ test: Case) throws {
        for (value, expected) in zip(found, test.outputs) {
            try expectClose(value, expected, tolerance: 1e-5)
        }
    }

    @Test(arguments: all)
    func evaluates(_ test: Case) throws {
        let outputs = try OperatorHarness.evaluate(
            test.operation, test.inputs, outputs: test.outputs.count)
        try expect(outputs, test)
    }

    /// As it is written, read and evaluated; of types and shapes alone it infers those of what it computes.
    @Test(arguments: all)
    func isReadAsItIsWritten(_ test: Case) throws {
        let names = test.inputs.enumerated().map { $1 == nil ? "" : "x\($0)" }
        let outputs = test.outputs.indices.map { "y\($0)" }
        let known = test.inputs.map { $0.map { Inferred.tensor($0.dataType, Shape($0.shape)) } }
        let spelled = try Speller.spell(
            test.operation, opset: 1, versions: OperatorVersions(onnx: 21), inputs: names,
            outputs: outputs, known: known, isTaken: { _ in false })
        #expect(spelled.nodes.map(\.domain) == ["com.microsoft"])
        let read = try OperatorRegistry.standard.read(NodeReader(spelled.nodes[0], opset: 1))
        #expect(AnyHashable(read) == AnyHashable(test.operation))
        let results = try OperatorHarness.evaluate(read, test.inputs, outputs: outputs.count)
        try expect(results, test)
        let inferred = try OperatorHarness.infer(read, known, outputs: outputs.count)
        for (fact, result) in zip(inferred, results) {
            #expect(fact.type?.dataType == result?.dataType)
            for (dimension, extent) in zip(fact.type?.shape?.dimensions ?? [], result?.shape ?? [])
            {
                #expect(dimension.extent ?? extent == extent)
            }
        }
    }

    @Test func refusesWhatIsNotSupported() {
        func fails(_ node: Node) -> HingeError? {
            do {
                _ = try OperatorRegistry.standard.read(NodeReader(node, opset: 1))
                return nil
            } catch { return error as? HingeError }
        }
        let attention = Node(
            "Attention", domain: "com.microsoft", inputs: ["x", "w"], outputs: ["y"],
            attributes: [.int("num_heads", 2), .int("do_rotary", 1)])
        #expect(fails(attention)?.code == .unsupported)
        let packed = Node(
            "MultiHeadAttention", domain: "com.microsoft", inputs: ["q"], outputs: ["y"],
            attributes: [.int("num_heads", 2)])
        #expect(fails(packed)?.code == .unsupported)
        let beams = Node(
            "MultiHeadAttention", domain: "com.microsoft",
            inputs: ["q", "k", "v", "", "", "", "a", "b", "", "c"], outputs: ["y"],
            attributes: [.int("num_heads", 2)])
        #expect(
            fails(beams)?.message == "expected a past and its length beside cache_indirection")
    }
}

extension Tensor {
    fileprivate static func bytes(_ values: UInt8..., shape: [Int]? = nil) -> Tensor {
        Tensor(values, shape: shape ?? [values.count])
    }

    fileprivate static func byte(_ value: UInt8) -> Tensor { Tensor(scalar: value) }

    fileprivate static func scalar(_ value: Float) -> Tensor { Tensor(scalar: value) }

    fileprivate static func indices(_ values: Int32..., shape: [Int]) -> Tensor {
        Tensor(values, shape: shape)
    }
}
