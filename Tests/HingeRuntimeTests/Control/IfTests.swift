import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

/// Branches and maps over sequences in both engines; the expected values follow by hand.
@Suite("If and SequenceMap")
struct IfTests {
    static func branches(
        _ name: String, _ condition: Value, _ then: Graph, _ other: Graph,
        outputs: [String: Value], before: [Node] = []
    ) -> ControlCase {
        ControlCase(
            name: name,
            nodes: before + [
                node(
                    "If", ["c"], outputs.keys.sorted(),
                    [.graph("then_branch", then), .graph("else_branch", other)])
            ], inputs: ["c": condition, "x": floats([1, 2])], outputs: outputs)
    }

    static let negative = body([], ["a"], [node("Neg", ["x"], ["a"])])
    static let twice = body([], ["b"], [node("Concat", ["x", "x"], ["b"], [.int("axis", 0)])])

    static let cases = [
        branches("then", truth(true), negative, twice, outputs: ["y": floats([-1, -2])]),
        branches(
            "else, of another shape", truth(false), negative, twice,
            outputs: ["y": floats([1, 2, 1, 2])]),
        branches(
            "a condition of shape [1, 1]", truth(false, [1, 1]), negative, twice,
            outputs: ["y": floats([1, 2, 1, 2])]),
        branches(
            "a branch gives a value from around", truth(true), body([], ["x"], []), negative,
            outputs: ["y": floats([1, 2])]),
        branches(
            "a branch gives a sequence", truth(true),
            body([], ["a"], [node("SequenceConstruct", ["x", "x"], ["a"])]),
            body([], ["b"], [node("SequenceEmpty", [], ["b"])]),
            outputs: ["y": .sequence([floats([1, 2]), floats([1, 2])])]),
        branches(
            "a branch gives nothing in an optional value", truth(false),
            body([], ["a"], [node("Optional", ["x"], ["a"])]),
            body(
                [], ["b"],
                [node("Optional", [], ["b"], [Attribute("type", .type(.tensor(.float32, nil)))])]),
            outputs: ["y": .optional(nil)]),
        branches(
            "two outputs, and values computed before", truth(true),
            body([], ["e", "a"], [node("Mul", ["e", "x"], ["a"])]),
            body([], ["b", "b"], [node("Neg", ["e"], ["b"])]),
            outputs: ["y": floats([2, 3]), "z": floats([2, 6])],
            before: [
                constant("one", Tensor(scalar: Float(1))), node("Add", ["x", "one"], ["e"]),
            ]),
        branches(
            "a branch that doesn't fit is not run", truth(true), negative,
            body(
                [], ["b"],
                [
                    constant("k", Tensor([7, 7] as [Int64])), node("Reshape", ["x", "k"], ["b"]),
                ]), outputs: ["y": floats([-1, -2])]),
    ]

    @Test("If gives what a branch gives", arguments: cases)
    func branch(_ specimen: ControlCase) throws { try specimen.expectOutputs() }

    static let mapped = ControlCase(
        name: "a sequence, a tensor, another sequence and a value from around",
        nodes: [
            node("Neg", ["z"], ["n"]), node("SequenceConstruct", ["x", "z", "x"], ["q"]),
            node("SequenceConstruct", ["z", "z", "x"], ["r"]),
            node(
                "SequenceMap", ["q", "x", "r"], ["y", "w"],
                [
                    .graph(
                        "body",
                        body(
                            ["e", "f", "g"], ["o", "g"],
                            [
                                node("Mul", ["e", "f"], ["a"]), node("Add", ["a", "g"], ["b"]),
                                node("Add", ["b", "n"], ["o"]),
                            ]))
                ]),
        ], inputs: ["x": floats([1, 2]), "z": floats([3, 4])],
        outputs: [
            // x·x + z − z, z·x + z − z, x·x + x − z
            "y": .sequence([floats([1, 4]), floats([3, 8]), floats([-1, 2])]),
            "w": .sequence([floats([3, 4]), floats([3, 4]), floats([1, 2])]),
        ])

    static let mappedEmpty = ControlCase(
        name: "an empty sequence",
        nodes: [
            node("SequenceEmpty", [], ["q"]),
            node(
                "SequenceMap", ["q", "x"], ["y"],
                [.graph("body", body(["e", "f"], ["o"], [node("Add", ["e", "f"], ["o"])]))]),
        ], inputs: ["x": floats([1, 2])], outputs: ["y": .sequence([])])

    @Test("SequenceMap maps", arguments: [mapped, mappedEmpty])
    func map(_ specimen: ControlCase) throws { try specimen.expectOutputs() }

    @Test("SequenceMap needs sequences of one length")
    func unequalLengths() throws {
        let specimen = ControlCase(
            name: "",
            nodes: [
                node("SequenceConstruct", ["x", "x"], ["q"]),
                node("SequenceConstruct", ["x"], ["r"]),
                node(
                    "SequenceMap", ["q", "r"], ["y"],
                    [.graph("body", body(["e", "f"], ["o"], [node("Add", ["e", "f"], ["o"])]))]),
            ], inputs: ["x": floats([1, 2])], outputs: ["y": .sequence([])])
        #expect(
            try specimen.error().description == "node (SequenceMap): expected a sequence of 2 "
                + "elements as input 1, found 1")
    }

    @Test("What a call leaves out is absent in the function's bodies", arguments: engines)
    func absentInFunction(engine: Session.Options.Engine) throws {
        let bound = Function(
            name: "Bound", domain: "own", inputs: ["a", "low", "c"], outputs: ["b"],
            nodes: [
                node(
                    "If", ["c"], ["b"],
                    [
                        .graph(
                            "then_branch", body([], ["p"], [node("Clip", ["a", "low"], ["p"])])),
                        .graph("else_branch", body([], ["q"], [node("Neg", ["a"], ["q"])])),
                    ])
            ], opsetImports: [OpsetImport(version: 18)])
        var model = ControlCase(
            name: "",
            nodes: [Node("Bound", domain: "own", inputs: ["x", "", "c"], outputs: ["y"])],
            inputs: ["c": truth(true), "x": floats([-1, 2])], outputs: ["y": floats([-1, 2])]
        ).model
        model.functions = [bound]
        model.opsetImports.append(OpsetImport(domain: "own", version: 1))
        let outputs = try Session(model, options: .init(engine: engine)).run([
            "c": truth(true), "x": floats([-1, 2]),
        ])
        #expect(outputs == ["y": floats([-1, 2])])
    }

    @Test("A random body draws other numbers in each iteration, and in each engine the same")
    func random() throws {
        let inner = body(
            ["i", "c"], ["c", "t"],
            [node("Dropout", ["x", "half", "yes"], ["t"])])
        let graph = Graph(
            name: "main",
            nodes: [
                constant("half", Tensor(scalar: Float(0.5))),
                constant("yes", Tensor([true], shape: [])),
                constant("m", Tensor(scalar: Int64(4))),
                node("Loop", ["m", ""], ["s"], [.graph("body", inner)]),
            ], inputs: [ValueInfo(name: "x", type: .tensor(.float32, [64]))],
            outputs: [ValueInfo(name: "s", type: nil)])
        let model = Model(graph: graph, opsetImports: [OpsetImport(version: 18)])
        let x = floats([Float](repeating: 1, count: 64))
        let results = try engines.map { engine in
            try #require(
                Session(model, options: .init(engine: engine)).run(["x": x])["s"]?.tensor
            ).floats()
        }
        #expect(results[0] == results[1])
        let rows: [[Float]] = (0..<4).map { row in Array(results[0][row * 64..<row * 64 + 64]) }
        #expect(Set(rows).count == 4)
    }
}
