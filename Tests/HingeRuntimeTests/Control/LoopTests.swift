import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

/// Loops in both engines.
///
/// The expected values follow from the standard's text by hand; that a condition which the body gives ends a loop that has
/// none itself, and the shapes of empty stacks, are ONNX Runtime 1.23's.
@Suite("Loop")
struct LoopTests {
    /// `y = x + x + …`, and `s` the sums on the way.
    ///
    /// - Parameter next: The nodes that compute the condition `d` from the number `i` and the condition `c`.
    static func sums(
        _ name: String, count: Value? = nil, condition: Value? = nil,
        next: [Node] = [node("Identity", ["c"], ["d"])], iterations: Int
    ) -> ControlCase {
        let inner = body(
            ["i", "c", "v"], ["d", "w", "t"],
            next + [node("Add", ["v", "x"], ["w"]), node("Identity", ["w"], ["t"])])
        var inputs: [String: Value] = ["x": floats([1, 2])]
        inputs["m"] = count
        inputs["c0"] = condition
        var rows: [Float] = []
        for index in 0..<iterations {
            rows.append(Float(index + 2))
            rows.append(Float(2 * index + 4))
        }
        return ControlCase(
            name: name,
            nodes: [
                node(
                    "Loop", [count == nil ? "" : "m", condition == nil ? "" : "c0", "x"],
                    ["y", "s"], [.graph("body", inner)])
            ], inputs: inputs,
            outputs: [
                "y": floats([Float(iterations + 1), Float(2 * iterations + 2)]),
                "s": floats(rows, [iterations, 2]),
            ])
    }

    static let below2 = [
        constant("two", Tensor(scalar: Int64(2))), node("Less", ["i", "two"], ["d"]),
    ]

    static let ends = [
        sums("count and condition", count: scalar(3), condition: truth(true), iterations: 3),
        sums("count", count: scalar(3), iterations: 3),
        sums("condition", condition: truth(true), next: below2, iterations: 3),
        sums("neither", next: below2, iterations: 3),
        sums("early stop", count: scalar(9), condition: truth(true), next: below2, iterations: 3),
        sums("early stop without condition", count: scalar(9), next: below2, iterations: 3),
        sums("no iteration", count: scalar(0), condition: truth(true), iterations: 0),
        sums("negative count", count: scalar(-4), iterations: 0),
        sums("false at first", count: scalar(4), condition: truth(false), iterations: 0),
        sums("count of shape [1]", count: ints([3]), iterations: 3),
        sums(
            "condition of shape [1]", count: scalar(2), condition: truth(true, [1]), iterations: 2),
        sums(
            "the largest count", count: scalar(.max), condition: truth(true), next: below2,
            iterations: 3),
    ]

    @Test("A loop ends when it should", arguments: ends)
    func end(_ specimen: ControlCase) throws { try specimen.expectOutputs() }

    /// Loops inside each other, of 3 and 2 iterations, that add ten times the outer number, the inner number, and a
    /// value from the outermost graph: 0 + 3 · (0 + 1) + 2 · 10 · (0 + 1 + 2) + 6 · 0.5 = 66.
    static let nested = ControlCase(
        name: "captures through two levels",
        nodes: [
            constant("three", Tensor(scalar: Int64(3))), constant("two", Tensor(scalar: Int64(2))),
            constant("ten", Tensor(scalar: Float(10))),
            node(
                "Loop", ["three", "", "x"], ["y", "s"],
                [
                    .graph(
                        "body",
                        body(
                            ["i", "c", "v"], ["d", "w", "t"],
                            [
                                node("Identity", ["c"], ["d"]),
                                node("Cast", ["i"], ["fi"], [.int("to", 1)]),
                                node("Mul", ["fi", "ten"], ["tens"]),
                                node(
                                    "Loop", ["two", "", "v"], ["w", "t"],
                                    [
                                        .graph(
                                            "body",
                                            body(
                                                ["j", "e", "p"], ["f", "r", "u"],
                                                [
                                                    node("Identity", ["e"], ["f"]),
                                                    node("Cast", ["j"], ["fj"], [.int("to", 1)]),
                                                    node("Sum", ["p", "fj", "tens", "z"], ["r"]),
                                                    node("Sub", ["r", "v"], ["u"]),
                                                ]))
                                    ]),
                            ]))
                ]),
        ], inputs: ["x": floats([0], []), "z": floats([0.5], [])],
        outputs: [
            "y": floats([66], []), "s": floats([0.5, 2, 10.5, 22, 20.5, 42], [3, 2]),
        ])

    static let others = [
        nested,
        ControlCase(
            name: "the body gives its own inputs, crossed",
            nodes: [
                node(
                    "Loop", ["m", "", "x", "z"], ["y", "w", "s"],
                    [.graph("body", body(["i", "c", "u", "v"], ["c", "v", "u", "i"], []))])
            ], inputs: ["m": scalar(3), "x": floats([1]), "z": floats([2])],
            outputs: ["y": floats([2]), "w": floats([1]), "s": ints([0, 1, 2])]),
        ControlCase(
            name: "the body gives values from around",
            nodes: [
                node("Neg", ["x"], ["n"]),
                node(
                    "Loop", ["m", "", "x"], ["y", "s"],
                    [.graph("body", body(["i", "c", "v"], ["c", "n", "x"], []))]),
            ], inputs: ["m": scalar(2), "x": floats([1, 2])],
            outputs: ["y": floats([-1, -2]), "s": floats([1, 2, 1, 2], [2, 2])]),
        ControlCase(
            name: "a carried value grows",
            nodes: [
                node(
                    "Loop", ["m", "", "x"], ["y", "s"],
                    [
                        .graph(
                            "body",
                            body(
                                ["i", "c", "v"], ["c", "w", "t"],
                                [
                                    node("Concat", ["v", "x"], ["w"], [.int("axis", 0)]),
                                    node("Size", ["w"], ["t"]),
                                ]))
                    ])
            ], inputs: ["m": scalar(3), "x": floats([1, 2])],
            outputs: ["y": floats([1, 2, 1, 2, 1, 2, 1, 2]), "s": ints([4, 6, 8])]),
        ControlCase(
            name: "strings, booleans and scalars are stacked",
            nodes: [
                constant("one", Tensor(scalar: Int64(1))),
                node(
                    "Loop", ["m", ""], ["a", "b", "e"],
                    [
                        .graph(
                            "body",
                            body(
                                ["i", "c"], ["c", "x", "l", "k"],
                                [
                                    node("Less", ["i", "one"], ["l"]),
                                    node("Mul", ["i", "i"], ["k"]),
                                ]))
                    ]),
            ],
            inputs: [
                "m": scalar(2), "x": strings(["a", "ß"], [2]),
            ],
            outputs: [
                "a": strings(["a", "ß", "a", "ß"], [2, 2]),
                "b": .tensor(Tensor([true, false], shape: [2])), "e": ints([0, 1]),
            ]),
        ControlCase(
            name: "packed elements are stacked",
            nodes: [
                node(
                    "Loop", ["m", ""], ["a", "b"],
                    [
                        .graph(
                            "body",
                            body(
                                ["i", "c"], ["c", "p", "q"],
                                [
                                    node("Cast", ["x"], ["p"], [.int("to", 22)]),
                                    node("Cast", ["i"], ["q"], [.int("to", 22)]),
                                ]))
                    ]),
                node("Cast", ["a"], ["y"], [.int("to", 6)]),
                node("Cast", ["b"], ["z"], [.int("to", 6)]),
            ], inputs: ["m": scalar(3), "x": floats([1, -2, 3])],
            outputs: [
                "y": .tensor(Tensor([1, -2, 3, 1, -2, 3, 1, -2, 3] as [Int32], shape: [3, 3])),
                "z": .tensor(Tensor([0, 1, 2] as [Int32], shape: [3])),
            ], opset: 21),
        ControlCase(
            name: "empty stacks have the shapes that follow from the inputs",
            nodes: [
                node(
                    "Loop", ["m", ""], ["a", "b", "e"],
                    [
                        .graph(
                            "body",
                            body(
                                ["i", "c"], ["c", "p", "q", "r"],
                                [
                                    node("Neg", ["x"], ["p"]),
                                    node("Concat", ["x", "x"], ["q"], [.int("axis", 1)]),
                                    node("NonZero", ["x"], ["r"]),
                                ]))
                    ])
            ], inputs: ["m": scalar(0), "x": floats([1, 2, 3, 4, 5, 6], [2, 3])],
            outputs: [
                "a": floats([], [0, 2, 3]), "b": floats([], [0, 2, 6]),
                "e": ints([], [0, 2, 0]),
            ]),
        ControlCase(
            name: "an empty stack of what a loop inside would give",
            nodes: [
                node(
                    "Loop", ["m", ""], ["s"],
                    [
                        .graph(
                            "body",
                            body(
                                ["i", "c"], ["c", "t"],
                                [
                                    node(
                                        "Loop", ["m", ""], ["t"],
                                        [.graph("body", body(["j", "e"], ["e", "x"], []))])
                                ]))
                    ])
            ], inputs: ["m": scalar(0), "x": floats([1, 2])],
            // The count of the loop inside isn't known before it runs.
            outputs: ["s": floats([], [0, 0, 2])]),
        ControlCase(
            name: "a carried sequence",
            nodes: [
                node("SequenceEmpty", [], ["e"]),
                node(
                    "Loop", ["m", "", "e"], ["y"],
                    [
                        .graph(
                            "body",
                            body(
                                ["i", "c", "s"], ["c", "t"],
                                [
                                    node("Cast", ["i"], ["f"], [.int("to", 1)]),
                                    node("Add", ["x", "f"], ["a"]),
                                    node("SequenceInsert", ["s", "a"], ["t"]),
                                ]))
                    ]),
                node("SequenceLength", ["y"], ["n"]),
            ], inputs: ["m": scalar(3), "x": floats([1, 2])],
            outputs: [
                "y": .sequence([floats([1, 2]), floats([2, 3]), floats([3, 4])]), "n": scalar(3),
            ]),
        ControlCase(
            name: "a carried optional value, nothing at first",
            nodes: [
                node("Optional", [], ["e"], [Attribute("type", .type(.tensor(.float32, nil)))]),
                node(
                    "Loop", ["m", "", "e"], ["y"],
                    [
                        .graph(
                            "body",
                            body(
                                ["i", "c", "o"], ["c", "p"],
                                [
                                    node("OptionalHasElement", ["o"], ["h"]),
                                    node(
                                        "If", ["h"], ["v"],
                                        [
                                            .graph(
                                                "then_branch",
                                                body(
                                                    [], ["a"],
                                                    [
                                                        node("OptionalGetElement", ["o"], ["g"]),
                                                        node("Add", ["g", "x"], ["a"]),
                                                    ])),
                                            .graph(
                                                "else_branch",
                                                body([], ["b"], [node("Neg", ["x"], ["b"])])),
                                        ]),
                                    node("Optional", ["v"], ["p"]),
                                ]))
                    ]),
            ], inputs: ["m": scalar(4), "x": floats([1, 2])],
            outputs: ["y": .optional(floats([2, 4]))]),
        ControlCase(
            name: "absent values are carried",
            nodes: [
                node(
                    "Loop", ["m", "", "", "x"], ["", "y"],
                    [
                        .graph(
                            "body",
                            body(
                                ["i", "c", "a", "v"], ["c", "a", "w"],
                                [
                                    node("OptionalHasElement", ["a"], ["h"]),
                                    node("Where", ["h", "x", "v"], ["u"]),
                                    node("Add", ["u", "u"], ["w"]),
                                ]))
                    ])
            ], inputs: ["m": scalar(2), "x": floats([1, 2])], outputs: ["y": floats([4, 8])]),
    ]

    @Test("A loop carries and stacks", arguments: others)
    func carries(_ specimen: ControlCase) throws { try specimen.expectOutputs() }

    // MARK: - Refusals

    static func failing(
        _ outputs: [String], _ nodes: [Node], results: [String], count: Int64 = 3
    ) -> ControlCase {
        ControlCase(
            name: "",
            nodes: [
                node(
                    "Loop", ["m", "", "x"], results,
                    [.graph("body", body(["i", "c", "v"], outputs, nodes))])
            ], inputs: ["m": scalar(count), "x": floats([1, 2])],
            outputs: [results[results.count - 1]: floats([])])
    }

    @Test("Stacked tensors have one shape")
    func unequalStack() throws {
        let specimen = Self.failing(
            ["c", "w", "w"], [node("Concat", ["v", "x"], ["w"], [.int("axis", 0)])],
            results: ["y", "s"])
        #expect(
            try specimen.error().description
                == "node (Loop): output 0 of iteration 1: expected float32[4] as before, "
                + "found float32[6]")
    }

    @Test("Only tensors are stacked")
    func sequenceStack() throws {
        let specimen = Self.failing(
            ["c", "v", "w"], [node("SequenceConstruct", ["v"], ["w"])], results: ["y", "s"])
        #expect(
            try specimen.error().description == "node (Loop): expected a tensor as output 0 of "
                + "each iteration, found another value")
    }

    @Test("A condition is one boolean")
    func condition() throws {
        let specimen = Self.failing(["v", "v"], [], results: ["y"])
        #expect(
            try specimen.error().description
                == "node (Loop): expected a condition, one boolean, found float32[2]")
    }

    @Test("What fails in a body says where")
    func place() throws {
        let specimen = Self.failing(
            ["c", "w"], [node("Reshape", ["v", "i"], ["w"])], results: ["y"])
        #expect(
            try specimen.error().description.hasPrefix(
                "node (Loop) › attribute 'body' › node (Reshape): "))
    }

    @Test("A stack that grows without end hits the limit")
    func endless() throws {
        let specimen = Self.failing(["c", "v", "x"], [], results: ["y", "s"], count: .max)
        let error = try MemoryLimit.$perValue.withValue(1 << 16) { try specimen.error() }
        #expect(error.code == .limit)
    }

    @Test("So does one of tensors without elements")
    func endlessEmpty() throws {
        var specimen = Self.failing(["c", "v", "x"], [], results: ["y", "s"], count: .max)
        // Each counts as if it had 2²² elements, of 2²⁶ that are allowed.
        specimen.inputs["x"] = floats([], [1 << 22, 0])
        #expect(try specimen.error().code == .limit)
    }

    @Test("And a sequence")
    func endlessSequence() throws {
        let specimen = ControlCase(
            name: "",
            nodes: [
                node("SequenceEmpty", [], ["e"]),
                node(
                    "Loop", ["", "", "e"], ["y"],
                    [
                        .graph(
                            "body",
                            body(
                                ["i", "c", "s"], ["c", "t"],
                                [node("SequenceInsert", ["s", "x"], ["t"])]))
                    ]),
            ], inputs: ["x": floats([1])], outputs: ["y": .sequence([])])
        let error = try MemoryLimit.$perValue.withValue(1 << 16) { try specimen.error() }
        #expect(
            error.description == "node (Loop) › attribute 'body' › node (SequenceInsert): "
                + "expected a sequence of at most 256 elements, found 257")
    }

    @Test("Inserting into a sequence copies no tensor")
    func sharing() throws {
        // 2 000 references to 4 MiB would be 8 GiB.
        let specimen = ControlCase(
            name: "",
            nodes: [
                node("SequenceEmpty", [], ["e"]),
                node(
                    "Loop", ["m", "", "e"], ["q"],
                    [
                        .graph(
                            "body",
                            body(
                                ["i", "c", "s"], ["c", "t"],
                                [node("SequenceInsert", ["s", "x"], ["t"])]))
                    ]),
                node("SequenceLength", ["q"], ["n"]),
            ],
            inputs: [
                "m": scalar(2000), "x": floats([Float](repeating: 1, count: 1 << 20)),
            ], outputs: ["n": scalar(2000)])
        try specimen.expectOutputs()
    }
}
