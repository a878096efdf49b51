import HingeGraph
import Testing

@testable import HingeOperators

/// How control flow is read and spelled; the tests of the runtime run it.
@Suite("Control flow")
struct ControlTests {
    static func body(
        _ inputs: [String], _ outputs: [String], type: ValueType? = nil
    ) -> Attribute {
        .graph(
            "body",
            Graph(
                inputs: inputs.map { ValueInfo(name: $0, type: nil) },
                outputs: outputs.map { ValueInfo(name: $0, type: type) }))
    }

    static func branches(_ then: [String], _ other: [String], type: ValueType? = nil)
        -> [Attribute]
    {
        [("then_branch", then), ("else_branch", other)].map { name, outputs in
            .graph(name, Graph(outputs: outputs.map { ValueInfo(name: $0, type: type) }))
        }
    }

    static func spell(
        _ node: Node, from opset: Int, to target: Int, known: [Inferred?] = []
    ) throws -> [Node] {
        let operation = try OperatorHarness.read(node, opset: opset)
        return try Speller.spell(
            operation, opset: target, inputs: node.inputs, outputs: node.outputs, known: known,
            bodies: node.attributes.filter { !$0.value.graphs.isEmpty }, isTaken: { _ in false }
        ).nodes
    }

    // MARK: - Reading

    struct Fault: Sendable, CustomTestStringConvertible {
        var node: Node
        var opset = 16
        var message: String
        var testDescription: String { message }
    }

    static let faults = [
        Fault(
            node: Node("Loop", inputs: ["m", ""], outputs: []),
            message: "node (Loop) › attribute 'body': expected a value, found none"),
        Fault(
            node: Node(
                "Loop", inputs: ["m", ""], outputs: [], attributes: [.int("body", 1)]),
            message: "node (Loop) › attribute 'body': expected a graph, found int"),
        Fault(
            node: Node(
                "Loop", inputs: ["m", "", "x"], outputs: ["y"],
                attributes: [body(["i", "c"], ["c", "v"])]),
            message: "node (Loop) › attribute 'body': expected a body of 3 inputs, found 2"),
        Fault(
            node: Node(
                "Loop", inputs: ["m", "", "x"], outputs: ["y"],
                attributes: [body(["i", "c", "v"], ["c"])]),
            message: "node (Loop) › attribute 'body': expected a body of at least 2 outputs, "
                + "found 1"),
        Fault(
            node: Node(
                "If", inputs: ["c"], outputs: ["y"], attributes: branches(["a"], ["a", "b"])),
            message: "node (If) › attribute 'else_branch': expected a body of 1 outputs as the "
                + "other, found 2"),
        Fault(
            node: Node(
                "If", inputs: ["c"], outputs: ["y", "z"], attributes: branches(["a"], ["a"])),
            message: "node (If) › attribute 'then_branch': expected a body of at least 2 outputs, "
                + "found 1"),
        Fault(
            node: Node(
                "Scan", inputs: ["x"], outputs: ["y"],
                attributes: [body(["e"], ["o"]), .int("num_scan_inputs", 2)]),
            message: "node (Scan) › attribute 'num_scan_inputs': expected a number from 1 to 1, "
                + "found 2"),
        Fault(
            node: Node(
                "Scan", inputs: ["x"], outputs: ["y"],
                attributes: [
                    body(["e"], ["o"]), .int("num_scan_inputs", 1),
                    .ints("scan_input_directions", [2]),
                ]),
            message: "node (Scan) › attribute 'scan_input_directions': expected 0 or 1, found [2]"),
        Fault(
            node: Node(
                "Scan", inputs: ["x"], outputs: ["y"],
                attributes: [
                    body(["e"], ["o"]), .int("num_scan_inputs", 1),
                    .ints("scan_output_axes", [0, 1]),
                ]),
            message: "node (Scan) › attribute 'scan_output_axes': expected 1 integers, found 2"),
        Fault(
            node: Node(
                "SequenceMap", inputs: ["q", "x"], outputs: ["y"],
                attributes: [body(["e"], ["o"])]), opset: 17,
            message: "node (SequenceMap) › attribute 'body': expected a body of 2 inputs, found 1"),
    ]

    @Test("A node that doesn't fit its bodies is refused", arguments: faults)
    func refuses(_ fault: Fault) {
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.read(fault.node, opset: fault.opset)
        }
        #expect(error?.description == fault.message)
        #expect(error?.code == .badData)
    }

    // MARK: - Spelling

    @Test("A loop stays a loop", arguments: [1, 11, 13, 16, 21, 25])
    func loop(_ opset: Int) throws {
        let node = Node(
            "Loop", inputs: ["", "c", "x"], outputs: ["y", "s"],
            attributes: [Self.body(["i", "d", "v"], ["d", "v", "v"])])
        #expect(try Self.spell(node, from: 16, to: opset) == [node])
    }

    @Test("Inputs that are absent stay, and outputs that nobody asked for get names")
    func positions() throws {
        let node = Node(
            "Loop", inputs: ["m", ""], outputs: ["", "s"],
            attributes: [Self.body(["i", "d"], ["d", "i", "i", "i"])])
        let spelled = try Self.spell(node, from: 16, to: 11)[0]
        #expect(spelled.inputs == ["m", ""])
        #expect(spelled.outputs.count == 3)
        #expect(spelled.outputs[1] == "s")
        #expect(Set(spelled.outputs).count == 3 && !spelled.outputs.contains(""))
    }

    /// A node, its version, another, and why it can't be spelled there.
    static let refusals: [(node: Node, from: Int, to: Int, message: String)] = [
        (
            Node(
                "Loop", inputs: ["m", ""], outputs: ["s"],
                attributes: [body(["i", "d"], ["d", "i"])]), 16, 10,
            "Loop with 2 inputs needs opset 11, not 10"
        ),
        (
            Node(
                "If", inputs: ["c"], outputs: ["y"],
                attributes: branches(["a"], ["b"], type: .sequence(.tensor(.float32, nil)))), 16,
            12, "If that gives sequence of float32[…] needs opset 13, not 12"
        ),
        (
            Node(
                "If", inputs: ["c"], outputs: ["y"],
                attributes: branches(["a"], ["b"], type: .optional(.tensor(.float32, nil)))), 16,
            15, "If that gives optional float32[…] needs opset 16, not 15"
        ),
        (
            Node(
                "If", inputs: ["c"], outputs: ["y"],
                attributes: branches(["a"], ["b"], type: .tensor(.bfloat16, nil))), 16, 12,
            "If that gives bfloat16 needs opset 16, not 12"
        ),
        (
            scan([.ints("scan_output_directions", [1])]), 16, 8,
            "Scan that stacks along another axis than 0, or backwards needs opset 9, not 8"
        ),
        (
            scan([.ints("scan_input_axes", [1])]), 16, 8,
            "Scan along another axis than 0 of unknown rank needs opset 9, not 8"
        ),
        (
            scan([.ints("scan_input_axes", [-1])]), 16, 10,
            "Scan along a negative axis needs opset 11, not 10"
        ),
        (
            scan([], ["l", "z", "x"]), 8, 9,
            "Scan over sequences of given lengths is in opset 8 only"
        ),
        (
            Node(
                "SequenceMap", inputs: ["q"], outputs: ["y"], attributes: [body(["e"], ["o"])]),
            17, 12, "SequenceMap needs opset 13, not 12"
        ),
        (
            Node(
                "SequenceMap", inputs: ["q"], outputs: ["y"], attributes: [body(["e"], ["o"])]),
            17, 16,
            "the element type of 'o' must be stated to write SequenceMap for opset 16"
        ),
    ]

    static func scan(_ attributes: [Attribute], _ inputs: [String] = ["z", "x"]) -> Node {
        Node(
            "Scan", inputs: inputs, outputs: ["y", "s"],
            attributes: [body(["p", "e"], ["p", "e"]), .int("num_scan_inputs", 1)] + attributes)
    }

    @Test("What a version can't say is refused", arguments: 0..<refusals.count)
    func refusedVersion(_ index: Int) {
        let (node, from, to, message) = Self.refusals[index]
        let error = #expect(throws: HingeError.self) {
            try Self.spell(node, from: from, to: to)
        }
        #expect(error?.description == message)
        #expect(error?.code == .unsupported)
    }

    @Test("A scan of version 8 is a scan over its batch")
    func scanOverBatch() throws {
        let node = Self.scan([.ints("directions", [1])], ["", "z", "x"])
        let outer = try #require(try Self.spell(node, from: 8, to: 16).first)
        #expect(outer.inputs == ["z", "x"] && outer.outputs == ["y", "s"])
        #expect(outer[attribute: "num_scan_inputs"] == .int(2))
        let body = try #require(outer.subgraphs.first)
        let inner = try #require(body.nodes.first)
        #expect(body.nodes.count == 1)
        #expect(inner.inputs == body.inputs.map(\.name))
        #expect(inner.outputs == body.outputs.map(\.name))
        #expect(inner[attribute: "scan_input_directions"] == .ints([1]))
        #expect(inner.attributes[0] == node.attributes[0])
    }

    @Test("A scan at version 8 is a batch of one")
    func scanAsBatch() throws {
        let spelled = try Self.spell(
            Self.scan([.ints("scan_input_axes", [1])]), from: 16, to: 8,
            known: [.tensor(.float32, [2]), .tensor(.float32, [2, "N"])])
        #expect(
            spelled.map(\.type) == [
                "Unsqueeze", "Transpose", "Unsqueeze", "Scan", "Squeeze", "Squeeze",
            ])
        #expect(spelled[3].inputs.count == 3 && spelled[3].inputs[0].isEmpty)
        #expect(spelled[1][attribute: "perm"] == .ints([1, 0]))
        #expect(spelled[4].outputs + spelled[5].outputs == ["y", "s"])
    }

    // MARK: - Stacks and parts

    @Test("Packed elements that end within a byte are stacked and cut as others are")
    func packed() throws {
        var stack = TensorStack()
        for start in 0..<3 {
            let row = Tensor((0..<3).map { Int32($0 + start) })
            try stack.append(row.converted(to: .int4))
        }
        let tensor = try #require(try stack.tensor())
        #expect(tensor.dataType == .int4 && tensor.shape == [3, 3])
        #expect(try tensor.integers() == [0, 1, 2, 1, 2, 3, 2, 3, 4])
        #expect(try tensor.element(at: 1).integers() == [1, 2, 3])
        #expect(try tensor.part(1..<3, along: 1).integers() == [1, 2, 2, 3, 3, 4])
        #expect(try tensor.movingAxis(1, to: 0).integers() == [0, 1, 2, 1, 2, 3, 2, 3, 4])
    }

    @Test("A part that is contiguous shares its tensor's memory")
    func sharedParts() throws {
        let tensor = Tensor.counting(4, 3)
        let part = try tensor.part(1..<3, along: 0)
        #expect(try part.floats() == [3, 4, 5, 6, 7, 8])
        let (whole, base) = (try #require(tensor.region), try #require(part.region))
        #expect(base.base == whole.base + 12)
    }

    @Test("A dimension moves, forwards and backwards")
    func moved() throws {
        let tensor = Tensor.counting(2, 3)
        #expect(try tensor.movingAxis(1, to: 0).floats() == [0, 3, 1, 4, 2, 5])
        #expect(
            try tensor.movingAxis(0, to: 1, isReversed: true).floats() == [3, 0, 4, 1, 5, 2])
        #expect(
            try tensor.movingAxis(0, to: 0, isReversed: true).floats() == [3, 4, 5, 0, 1, 2])
        #expect(try Tensor.counting(0, 3).movingAxis(0, to: 1, isReversed: true).shape == [3, 0])
    }
}
