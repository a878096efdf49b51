import HingeGraph
import Testing

@testable import HingeOperators

/// How operators that rearrange are spelled at each version; the spellings are those of the standard.
@Suite("Spellings of shape operators")
struct ShapeVersionsTests {
    /// A node of one version and what it becomes at another.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var node: Node
        var from: Int
        var to: Int
        var known: [Inferred?] = []
        /// The nodes, constants named `y_constant_1` and so on.
        var expected: [Node] = []
        /// The constants that the nodes read, in order.
        var constants: [Tensor] = []
        var error: String?
        var testDescription: String { "\(name), \(from) to \(to)" }
    }

    static let x4 = Inferred.tensor(.float32, ["N", 3, 8, 8])

    static func node(
        _ type: String, _ inputs: [String] = ["x"], _ outputs: [String] = ["y"],
        _ attributes: [Attribute] = []
    ) -> Node {
        Node(type, inputs: inputs, outputs: outputs, attributes: attributes)
    }

    static let cases: [Case] = [
        Case(
            name: "Squeeze", node: node("Squeeze", ["x"], ["y"], [.ints("axes", [0])]), from: 1,
            to: 13, expected: [node("Squeeze", ["x", "y_constant_1"])], constants: [.ints(0)]),
        Case(
            name: "Squeeze without axes", node: node("Squeeze"), from: 1, to: 13,
            expected: [node("Squeeze")]),
        Case(
            name: "Squeeze", node: node("Squeeze", ["x", "a"]), from: 13, to: 9,
            known: [x4, Inferred(constant: .ints(-4))],
            expected: [node("Squeeze", ["x"], ["y"], [.ints("axes", [0])])]),
        Case(
            name: "Squeeze, computed", node: node("Squeeze", ["x", "a"]), from: 13, to: 11,
            known: [x4, .tensor(.int64, [1])],
            error: "a list of axes that is computed needs opset 13, not 11"),
        Case(
            name: "Unsqueeze", node: node("Unsqueeze", ["x", "a"]), from: 13, to: 1,
            known: [x4, Inferred(constant: .ints(0, -1))],
            expected: [node("Unsqueeze", ["x"], ["y"], [.ints("axes", [0, 5])])]),
        Case(
            name: "Unsqueeze", node: node("Unsqueeze", ["x"], ["y"], [.ints("axes", [1])]),
            from: 11, to: 21, expected: [node("Unsqueeze", ["x", "y_constant_1"])],
            constants: [.ints(1)]),
        Case(
            name: "Flatten", node: node("Flatten", ["x"], ["y"], [.int("axis", -1)]), from: 11,
            to: 9, known: [x4], expected: [node("Flatten", ["x"], ["y"], [.int("axis", 3)])]),
        Case(
            name: "Concat's old default", node: node("Concat", ["x", "z"]), from: 1, to: 4,
            expected: [node("Concat", ["x", "z"], ["y"], [.int("axis", 1)])]),
        Case(
            name: "Split", node: node("Split", ["x"], ["y", "z"], [.ints("split", [1, 2])]),
            from: 2, to: 18,
            expected: [
                node("Split", ["x", "y_constant_1"], ["y", "z"], [.int("axis", 0)])
            ], constants: [.ints(1, 2)]),
        Case(
            name: "Split, equal", node: node("Split", ["x"], ["y", "z"], [.int("axis", 2)]),
            from: 11, to: 18,
            expected: [
                node("Split", ["x"], ["y", "z"], [.int("axis", 2), .int("num_outputs", 2)])
            ]),
        Case(
            name: "Split, uneven",
            node: node(
                "Split", ["x"], ["y", "z", "w"], [.int("axis", 2), .int("num_outputs", 3)]),
            from: 18, to: 11, known: [x4],
            expected: [
                node(
                    "Split", ["x"], ["y", "z", "w"], [.int("axis", 2), .ints("split", [3, 3, 2])])
            ]),
        Case(
            name: "Slice",
            node: node(
                "Slice", ["x"], ["y"],
                [.ints("starts", [0]), .ints("ends", [-1]), .ints("axes", [2])]), from: 1, to: 10,
            expected: [node("Slice", ["x", "y_constant_1", "y_constant_2", "y_constant_3"])],
            constants: [.ints(0), .ints(-1), .ints(2)]),
        Case(
            name: "Slice", node: node("Slice", ["x", "s", "e", "a", "t"]), from: 13, to: 9,
            known: [
                x4, Inferred(constant: .ints(1)), Inferred(constant: .ints(3)),
                Inferred(constant: .ints(-1)), Inferred(constant: .ints(1)),
            ],
            expected: [
                node(
                    "Slice", ["x"], ["y"],
                    [.ints("starts", [1]), .ints("ends", [3]), .ints("axes", [3])])
            ]),
        Case(
            name: "Slice with steps", node: node("Slice", ["x", "s", "e", "a", "t"]), from: 13,
            to: 9,
            known: [
                x4, Inferred(constant: .ints(1)), Inferred(constant: .ints(3)),
                Inferred(constant: .ints(1)), Inferred(constant: .ints(2)),
            ], error: "Slice with steps needs opset 10, not 9"),
        Case(
            name: "Pad",
            node: node("Pad", ["x"], ["y"], [.ints("paddings", [0, 1]), .float("value", 2)]),
            from: 1, to: 2,
            expected: [node("Pad", ["x"], ["y"], [.ints("pads", [0, 1]), .float("value", 2)])]),
        Case(
            name: "Pad",
            node: node(
                "Pad", ["x"], ["y"],
                [.string("mode", "edge"), .ints("pads", [0, 0, 1, 1, 0, 0, 1, 1])]), from: 2,
            to: 13, known: [x4],
            expected: [node("Pad", ["x", "y_constant_1"], ["y"], [.string("mode", "edge")])],
            constants: [.ints(0, 0, 1, 1, 0, 0, 1, 1)]),
        Case(
            name: "Pad with a value",
            node: node("Pad", ["x"], ["y"], [.ints("pads", [1, 1]), .float("value", 2)]), from: 2,
            to: 11, known: [.tensor(.float16, ["N"])],
            expected: [node("Pad", ["x", "y_constant_1", "y_constant_2"])],
            constants: [.ints(1, 1), Tensor(scalar: Float16(2))]),
        Case(
            name: "Pad with axes", node: node("Pad", ["x", "p", "", "a"]), from: 18, to: 13,
            known: [
                x4, Inferred(constant: .ints(1, 2)), nil, Inferred(constant: .ints(-1)),
            ],
            expected: [node("Pad", ["x", "y_constant_1"])],
            constants: [.ints(0, 0, 0, 1, 0, 0, 0, 2)]),
        Case(
            name: "Pad that wraps",
            node: node("Pad", ["x", "p"], ["y"], [.string("mode", "wrap")]), from: 19, to: 10,
            known: [x4, nil], error: "Pad that wraps needs opset 11, not 10"),
        Case(
            name: "Tile", node: node("Tile", ["x", "t", "a"]), from: 1, to: 6,
            known: [
                x4, Inferred(constant: Tensor([Float(2)])), Inferred(constant: Tensor([Float(1)])),
            ],
            expected: [node("Tile", ["x", "y_constant_1"])], constants: [.ints(1, 2, 1, 1)]),
        Case(
            name: "Tile", node: node("Tile", ["x", "r"]), from: 13, to: 1,
            known: [x4, Inferred(constant: .ints(1, 2, 3, 1))],
            expected: [
                node("Tile", ["x", "y_constant_1", "y_constant_2"], ["y_3"]),
                node("Tile", ["y_3", "y_constant_4", "y_constant_5"]),
            ],
            constants: [2, 1, 3, 2].map { Tensor(scalar: Float($0)) }),
        Case(
            name: "Shape with a start", node: node("Shape", ["x"], ["y"], [.int("start", -2)]),
            from: 15, to: 13,
            expected: [
                node("Shape", ["x"], ["y_1"]),
                node("Slice", ["y_1", "y_constant_2", "y_constant_3", "y_constant_4"]),
            ], constants: [.ints(-2), .ints(Int(Int32.max)), .ints(0)]),
        Case(
            name: "Scatter", node: node("Scatter", ["x", "i", "u"], ["y"], [.int("axis", 1)]),
            from: 9, to: 11,
            expected: [node("ScatterElements", ["x", "i", "u"], ["y"], [.int("axis", 1)])]),
        Case(
            name: "ScatterElements",
            node: node("ScatterElements", ["x", "i", "u"], ["y"], [.int("axis", -1)]), from: 13,
            to: 9, known: [x4],
            expected: [node("Scatter", ["x", "i", "u"], ["y"], [.int("axis", 3)])]),
        Case(
            name: "ScatterElements that adds",
            node: node(
                "ScatterElements", ["x", "i", "u"], ["y"], [.string("reduction", "add")]),
            from: 16, to: 13,
            error:
                "ScatterElements with the reduction 'add' of an unknown rank needs opset 16, not 13"
        ),
        Case(
            name: "DepthToSpace, depth last",
            node: node(
                "DepthToSpace", ["x"], ["y"], [.int("blocksize", 2), .string("mode", "CRD")]),
            from: 11, to: 1, error: "DepthToSpace in the order CRD needs opset 11, not 1"),
        Case(
            name: "SpaceToDepth, depth last",
            node: node(
                "SpaceToDepth", ["x"], ["y"], [.int("blocksize", 2), .string("mode", "CRD")]),
            from: 28, to: 27,
            error: "SpaceToDepth in the order CRD of an unknown shape needs opset 28, not 27"),
        Case(
            name: "Dropout in tests",
            node: node("Dropout", ["x"], ["y"], [.float("ratio", 0.25), .int("is_test", 1)]),
            from: 6, to: 7, expected: [node("Dropout", ["x"], ["y"], [.float("ratio", 0.25)])]),
        Case(
            name: "Dropout", node: node("Dropout", ["x"], ["y"], [.float("ratio", 0.25)]), from: 7,
            to: 13, expected: [node("Dropout", ["x", "y_constant_1"])],
            constants: [Tensor(scalar: Float(0.25))]),
        Case(
            name: "Dropout that trains", node: node("Dropout"), from: 1, to: 12,
            expected: [node("Dropout", ["x", "", "y_constant_1"])],
            constants: [Tensor([true], shape: [])]),
        Case(
            name: "Dropout that trains", node: node("Dropout"), from: 1, to: 10,
            error: "Dropout that trains needs opset 12, not 10"),
        Case(
            name: "Dropout", node: node("Dropout", ["x", "r"]), from: 13, to: 6,
            known: [x4, Inferred(constant: Tensor(scalar: Float(0.125)))],
            expected: [
                node("Dropout", ["x"], ["y"], [.float("ratio", 0.125), .int("is_test", 1)])
            ]),
        Case(
            name: "Constant", node: node("Constant", [], ["y"], [.float("value_float", 3)]),
            from: 12, to: 9,
            expected: [
                node("Constant", [], ["y"], [.tensor("value", Tensor(scalar: Float(3)))])
            ]),
        Case(
            name: "Expand", node: node("Expand", ["x", "s"]), from: 13, to: 7,
            error: "Expand needs opset 8, not 7"),
        Case(
            name: "Gather", node: node("Gather", ["x", "i"], ["y"], [.int("axis", -1)]), from: 11,
            to: 1, known: [x4],
            expected: [node("Gather", ["x", "i"], ["y"], [.int("axis", 3)])]),
    ]

    @Test("read at one version and spelled at another", arguments: cases)
    func convert(_ test: Case) throws {
        do {
            let result = try OperatorHarness.convert(
                test.node, from: test.from, to: test.to, known: test.known)
            #expect(test.error == nil)
            #expect(result.nodes == test.expected)
            #expect(result.initializers.map(\.tensor) == test.constants)
        } catch let error as HingeError {
            #expect(error.message == test.error)
            #expect(error.code == .unsupported)
        }
    }
}
