import HingeGraph
import HingeOperators
import HingeParity
import HingeProgram
import HingeRuntime
import HingeTransforms
import Testing

/// What is inferred of control flow, and what passes make of it.
///
/// The expected types follow from the standard's text by hand.
@Suite("Inference of bodies")
struct BodyInferenceTests {
    static func node(
        _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [Attribute] = []
    ) -> Node {
        Node(type, inputs: inputs, outputs: outputs, attributes: attributes)
    }

    static func constant(_ name: String, _ tensor: Tensor) -> Node {
        node("Constant", [], [name], [.tensor("value", tensor)])
    }

    /// - Parameter types: What the body states of its inputs and outputs, by name.
    static func body(
        _ inputs: [String], _ outputs: [String], _ nodes: [Node], types: [String: ValueType] = [:]
    ) -> Graph {
        Graph(
            name: "body", nodes: nodes,
            inputs: inputs.map { ValueInfo(name: $0, type: types[$0]) },
            outputs: outputs.map { ValueInfo(name: $0, type: types[$0]) })
    }

    static func loop(_ inputs: [String], _ outputs: [String], _ graph: Graph) -> Node {
        node("Loop", inputs, outputs, [.graph("body", graph)])
    }

    static func branch(_ condition: String, _ output: String, _ then: Graph, _ other: Graph) -> Node
    {
        node(
            "If", [condition], [output],
            [.graph("then_branch", then), .graph("else_branch", other)])
    }

    static func model(
        _ nodes: [Node], outputs: [String], x: Shape = [2, 3], opset: Int = 18
    ) -> Model {
        var graph = Graph(name: "main", nodes: nodes)
        graph.inputs = [
            ValueInfo(name: "x", type: .tensor(.float32, x)),
            ValueInfo(name: "m", type: .tensor(.int64, [])),
            ValueInfo(name: "c", type: .tensor(.bool, [])),
        ]
        graph.outputs = outputs.map { ValueInfo(name: $0, type: nil) }
        return Model(graph: graph, opsetImports: [OpsetImport(version: opset)])
    }

    /// The model's nodes, and the types of values.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var nodes: [Node]
        var types: [String: ValueType?]
        var x: Shape = [2, 3]
        var testDescription: String { name }
    }

    static let grows = node("Concat", ["v", "x"], ["w"], [.int("axis", 0)])
    static let three = constant("three", Tensor(scalar: Int64(3)))

    static let cases = [
        Case(
            name: "a loop of three iterations",
            nodes: [
                three,
                loop(
                    ["three", "", "x"], ["y", "s"], body(["i", "d", "v"], ["d", "v", "i"], [])),
            ], types: ["y": .tensor(.float32, [2, 3]), "s": .tensor(.int64, [3])]),
        Case(
            name: "a loop that a condition may end",
            nodes: [
                three,
                loop(
                    ["three", "", "x"], ["y", "s"],
                    body(
                        ["i", "d", "v"], ["e", "v", "v"],
                        [node("Less", ["i", "three"], ["e"])])),
            ], types: ["s": .tensor(.float32, [.unknown, 2, 3])]),
        Case(
            name: "a loop whose condition isn't known at first",
            nodes: [
                three,
                loop(["three", "c"], ["s"], body(["i", "d"], ["d", "x"], [])),
            ], types: ["s": .tensor(.float32, [.unknown, 2, 3])]),
        Case(
            name: "a loop as often as a dimension is long",
            nodes: [
                node("Shape", ["x"], ["k"], [.int("end", 1)]),
                constant("zero", Tensor([0] as [Int64])),
                node("Squeeze", ["k", "zero"], ["n"]),
                loop(["n", ""], ["s"], body(["i", "d"], ["d", "x"], [])),
            ], types: ["s": .tensor(.float32, ["N", "N", 3])], x: ["N", 3]),
        Case(
            name: "a negative count",
            nodes: [
                constant("less", Tensor(scalar: Int64(-7))),
                loop(["less", ""], ["s"], body(["i", "d"], ["d", "i"], [])),
            ], types: ["s": .tensor(.int64, [0])]),
        Case(
            name: "a carried value grows",
            nodes: [
                loop(
                    ["m", "", "x"], ["y", "s"],
                    body(
                        ["i", "d", "v"], ["d", "w", "n"],
                        [grows, node("Shape", ["v"], ["n"])]))
            ],
            types: [
                "y": .tensor(.float32, [.unknown, 3]), "s": .tensor(.int64, [.unknown, 2]),
            ]),
        Case(
            name: "a carried value gains dimensions",
            nodes: [
                constant("zero", Tensor([0] as [Int64])),
                loop(
                    ["m", "", "x"], ["y"],
                    body(
                        ["i", "d", "v"], ["d", "w"], [node("Unsqueeze", ["v", "zero"], ["w"])])),
            ], types: ["y": .tensor(.float32, nil)]),
        Case(
            name: "values are carried in turn until all is known of them",
            nodes: [
                node("Concat", ["x", "x"], ["z"], [.int("axis", 1)]),
                loop(
                    ["m", "", "x", "x", "x", "z"], ["y", "u", "t", "s"],
                    body(["i", "d", "v1", "v2", "v3", "v4"], ["d", "v2", "v3", "v4", "v4"], [])),
            ],
            types: [
                "y": .tensor(.float32, [2, .unknown]), "u": .tensor(.float32, [2, .unknown]),
                "t": .tensor(.float32, [2, .unknown]), "s": .tensor(.float32, [2, 6]),
            ]),
        Case(
            name: "an optional value becomes another",
            nodes: [
                node("Optional", ["x"], ["o"]),
                loop(["m", "", "o"], ["y"], body(["i", "d", "v"], ["d", "x"], [])),
            ], types: ["y": ValueType?.none]),
        Case(
            name: "branches have in common what they share",
            nodes: [
                branch(
                    "c", "y", body([], ["x"], []),
                    body([], ["b"], [node("Concat", ["x", "x"], ["b"], [.int("axis", 0)])]))
            ], types: ["y": .tensor(.float32, [.unknown, 3])]),
        Case(
            name: "a known condition takes one branch, whatever the other is",
            nodes: [
                constant("yes", Tensor([true], shape: [])),
                constant("k", Tensor([7] as [Int64])),
                branch(
                    "yes", "y", body([], ["x"], []),
                    body([], ["b"], [node("Reshape", ["x", "k"], ["b"])])),
            ], types: ["y": .tensor(.float32, [2, 3])]),
        Case(
            name: "a branch that can't run says nothing",
            nodes: [
                constant("k", Tensor([1] as [Int64])),
                branch(
                    "c", "y", body([], ["b"], [node("Squeeze", ["x", "k"], ["b"])]),
                    body([], ["x"], [])),
            ], types: ["y": .tensor(.float32, [2, 3])]),
        Case(
            name: "a scan along another axis",
            nodes: [
                node("ReduceSum", ["x"], ["z"], [.int("keepdims", 0)]),
                node(
                    "Scan", ["z", "x"], ["y", "s"],
                    [
                        .graph("body", body(["p", "e"], ["p", "e"], [])),
                        .int("num_scan_inputs", 1), .ints("scan_input_axes", [-1]),
                        .ints("scan_output_axes", [1]),
                    ]),
            ], types: ["y": .tensor(.float32, []), "s": .tensor(.float32, ["N", 3])], x: ["N", 3]),
        Case(
            name: "a map over a sequence",
            nodes: [
                node("SequenceConstruct", ["x", "x"], ["q"]),
                node(
                    "SequenceMap", ["q", "x"], ["y"],
                    [
                        .graph(
                            "body",
                            body(
                                ["e", "f"], ["o"],
                                [node("Concat", ["e", "f"], ["o"], [.int("axis", 1)])]))
                    ]),
            ], types: ["y": .sequence(.tensor(.float32, [2, 6]))]),
    ]

    @Test("Types follow", arguments: cases)
    func types(_ specimen: Case) throws {
        let inferred = try InferTypes(isStrict: true).infer(
            Self.model(specimen.nodes, outputs: [], x: specimen.x))
        for (name, type) in specimen.types { #expect(inferred.type(of: name) == type, "\(name)") }
    }

    @Test("Values of two types are no one value")
    func unequalTypes() throws {
        let specimen = Self.model(
            [Self.branch("c", "y", Self.body([], ["x"], []), Self.body([], ["m"], []))], outputs: []
        )
        let error = #expect(throws: HingeError.self) { try InferTypes().infer(specimen) }
        #expect(
            error?.description
                == "node (If): expected values of one type, found float32[2, 3] and int64[]")
    }

    /// Each loop is inferred several times for each time that the one around it is.
    @Test("Loops a hundred deep are inferred in time", .timeLimit(.minutes(1)))
    func depth() throws {
        var inner = Self.grows
        for level in 0..<100 {
            inner = Self.loop(
                ["m", "", level == 99 ? "x" : "v\(level + 1)"], ["w\(level)"],
                Self.body(
                    ["i\(level)", "d\(level)", "v\(level)"],
                    ["d\(level)", level == 0 ? "u" : "w\(level - 1)"],
                    level == 0
                        ? [Self.node("Concat", ["v0", "x"], ["u"], [.int("axis", 0)])] : [inner]))
        }
        let inferred = try InferTypes().infer(Self.model([inner], outputs: []))
        #expect(inferred.type(of: "x") == .tensor(.float32, [2, 3]))
    }

    // MARK: - Passes

    /// The body states the extents of its first iteration, and computes with them.
    static let stale = model(
        [
            loop(
                ["m", "", "x"], ["y", "s"],
                body(
                    ["i", "d", "v"], ["d", "w", "n"], [grows, node("Shape", ["v"], ["n"])],
                    types: ["v": .tensor(.float32, [2, 3])]))
        ], outputs: ["y", "s"])

    static let inputs: [String: Value] = [
        "x": .tensor(Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])),
        "m": .tensor(Tensor(scalar: Int64(3))), "c": .tensor(Tensor([true], shape: [])),
    ]

    static func outputs(_ model: Model) throws -> [String: Value] {
        try Session(model, options: .init(engine: .reference)).run(inputs)
    }

    @Test("What a body states of its first iteration is not believed of all")
    func stale() throws {
        var model = Self.stale
        _ = try Simplify().run(&model)
        let found = try Self.outputs(model)
        #expect(found["s"]?.tensor == Tensor([2, 3, 4, 3, 6, 3] as [Int64], shape: [3, 2]))
        #expect(found == (try Self.outputs(Self.stale)))
    }

    @Test("Passes change what bodies compute with, not what they compute")
    func simplified() throws {
        let before = Self.model(
            [
                Self.constant("one", Tensor(scalar: Float(1))),
                Self.node("Identity", ["x"], ["z"]),
                Self.loop(
                    ["m", "c", "x"], ["y", "s"],
                    Self.body(
                        ["i", "d", "v"], ["e", "w", "t"],
                        [
                            Self.node("Identity", ["d"], ["e"]),
                            Self.node("Add", ["one", "one"], ["two"]),
                            Self.node("Mul", ["v", "two"], ["p"]),
                            Self.node("Identity", ["p"], ["q"]),
                            Self.node("Add", ["q", "z"], ["w"]), Self.node("Neg", ["v"], ["t"]),
                        ])),
            ], outputs: ["y", "s"])
        var model = before
        #expect(try Simplify().run(&model))
        let nodes = try #require(model.graph.nodes.last?.subgraphs.first?.nodes)
        #expect(nodes.map(\.type) == ["Identity", "Mul", "Add", "Neg"])
        #expect(try Self.outputs(model) == Self.outputs(before))
    }

    @Test("Functions are inlined in bodies")
    func inlined() throws {
        var before = Self.model(
            [
                Self.loop(
                    ["m", "", "x"], ["y"],
                    Self.body(
                        ["i", "d", "v"], ["d", "w"],
                        [Node("Twice", domain: "own", inputs: ["v"], outputs: ["w"])]))
            ], outputs: ["y"])
        before.opsetImports.append(OpsetImport(domain: "own", version: 1))
        before.functions = [
            Function(
                name: "Twice", domain: "own", inputs: ["a"], outputs: ["b"],
                nodes: [Self.node("Add", ["a", "a"], ["b"])],
                opsetImports: [OpsetImport(version: 18)])
        ]
        let expected: [String: Value] = [
            "y": .tensor(Tensor([8, 16, 24, 32, 40, 48] as [Float], shape: [2, 3]))
        ]
        #expect(try Self.outputs(before) == expected)
        var model = before
        #expect(try InlineFunctions().run(&model))
        #expect(model.graph.nodes[0].subgraphs[0].nodes.map(\.type) == ["Add"])
        #expect(try Self.outputs(model) == expected)
    }

    /// A version, and one whose operators are spelled otherwise.
    static let conversions = [(18, 11), (18, 21), (11, 18), (13, 8), (18, 1)]

    @Test("Bodies are converted with what holds them", arguments: conversions)
    func converted(_ from: Int, _ to: Int) throws {
        // Softmax, ReduceSum and Squeeze change at 13; Softmax, at that, its meaning.
        let axes: (inputs: [String], attributes: [Attribute]) =
            from < 13 ? ([], [.ints("axes", [1])]) : (["axes"], [])
        let constants = from < 13 ? [] : [Self.constant("axes", Tensor([1] as [Int64]))]
        let before = Self.model(
            constants + [
                Self.loop(
                    ["m", "c", "x"], ["y", "s"],
                    Self.body(
                        ["i", "d", "v"], ["d", "w", "t"],
                        [
                            Self.node("Softmax", ["v"], ["w"], [.int("axis", -1)]),
                            Self.branch(
                                "d", "t",
                                Self.body(
                                    [], ["a"],
                                    [
                                        Self.node(
                                            "Unsqueeze", ["v"] + axes.inputs, ["a"],
                                            axes.attributes)
                                    ]),
                                Self.body(
                                    [], ["b"],
                                    [
                                        Self.node(
                                            "Unsqueeze", ["w"] + axes.inputs, ["b"],
                                            axes.attributes)
                                    ])),
                        ],
                        types: ["a": .tensor(.float32, nil), "b": .tensor(.float32, nil)]))
            ], outputs: ["y", "s"], opset: from)
        var model = before
        #expect(try ConvertOpset(to: to).run(&model))
        #expect(model.opset(of: "") == to)
        let (found, expected) = (try Self.outputs(model), try Self.outputs(before))
        for (name, value) in expected {
            let a = try #require(found[name]?.tensor), b = try #require(value.tensor)
            #expect(a.shape == b.shape)
            for (x, y) in try zip(a.floats(), b.floats()) { #expect(abs(x - y) < 1e-6) }
        }
    }

    // MARK: - Made-up inputs

    @Test("Inputs are made up for what bodies need of them")
    func madeUp() throws {
        var model = Self.model(
            [
                Self.loop(
                    ["m", "c"], ["s"],
                    Self.body(
                        ["i", "d"], ["d", "t"],
                        [
                            Self.node("Gather", ["x", "k"], ["r"]),
                            Self.node("Gather", ["r", "i"], ["t"]),
                        ]
                    ))
            ], outputs: ["s"])
        model.graph.inputs.append(ValueInfo(name: "k", type: .tensor(.int64, [2])))
        for seed in 0..<20 {
            let inputs = try InputGenerator(seed: UInt64(seed)).inputs(for: model)
            _ = try Session(model).run(inputs)
            #expect(inputs["c"]?.tensor == Tensor([true], shape: []))
            #expect(try inputs["m"]?.tensor.map { try $0.integers()[0] } ?? 0 >= 1)
        }
    }

    @Test("Sequences and optional values are made up, too")
    func madeUpSequences() throws {
        var graph = Graph(
            name: "main",
            nodes: [
                Self.node("SequenceAt", ["q", "p"], ["a"]),
                Self.node("OptionalGetElement", ["o"], ["b"]), Self.node("Add", ["a", "b"], ["y"]),
                Self.node("Gather", ["y", "k"], ["z"]),
                Self.node("SequenceAt", ["r", "p"], ["k"]),
            ])
        graph.nodes.swapAt(3, 4)
        let vector = ValueType.tensor(.float32, ["N"])
        graph.inputs = [
            ValueInfo(name: "q", type: .sequence(vector)),
            ValueInfo(name: "r", type: .sequence(.tensor(.int64, nil))),
            ValueInfo(name: "o", type: .optional(vector)),
            ValueInfo(name: "p", type: .tensor(.int64, [])),
            ValueInfo(name: "w", type: .tensor(.float32, ["N", 5])),
        ]
        graph.outputs = [ValueInfo(name: "z", type: nil)]
        let model = Model(graph: graph, opsetImports: [OpsetImport(version: 18)])
        let inputs = try InputGenerator(seed: 3).inputs(for: model)
        let z = try Session(model).run(inputs)["z"]?.tensor
        #expect(z?.shape == [2])
        guard case .sequence(let elements) = inputs["q"] else {
            Issue.record("expected a sequence")
            return
        }
        let extent = inputs["w"]?.tensor?.shape[0]
        #expect(elements.allSatisfy { $0.tensor?.shape == [extent ?? 0] })
    }
}
