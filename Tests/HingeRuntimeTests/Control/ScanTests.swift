import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

/// Scans in both engines.
///
/// The expected values follow from the standard's text by hand; those of version 8 with lengths are ONNX Runtime 1.23's.
@Suite("Scan")
struct ScanTests {
    /// The sums of what has been scanned so far.
    static let sums = body(
        ["s", "e"], ["t", "o"],
        [node("Add", ["s", "e"], ["t"]), node("Identity", ["t"], ["o"])])

    static func scan(
        _ name: String, _ attributes: [Attribute], x: Value, y: Value, s: Value,
        z: Value = floats([0, 0]), body: Graph = sums
    ) -> ControlCase {
        ControlCase(
            name: name,
            nodes: [
                node(
                    "Scan", ["z", "x"], ["y", "s"],
                    [.graph("body", body), .int("num_scan_inputs", 1)] + attributes)
            ], inputs: ["x": x, "z": z], outputs: ["y": y, "s": s])
    }

    static let rows = floats([1, 10, 2, 20, 3, 30], [3, 2])
    static let columns = floats([1, 2, 3, 10, 20, 30], [2, 3])
    static let sum = floats([6, 60])

    static let cases = [
        scan(
            "forwards", [], x: rows, y: sum, s: floats([1, 10, 3, 30, 6, 60], [3, 2])),
        scan(
            "backwards", [.ints("scan_input_directions", [1])], x: rows, y: sum,
            s: floats([3, 30, 5, 50, 6, 60], [3, 2])),
        scan(
            "stacked backwards", [.ints("scan_output_directions", [1])], x: rows, y: sum,
            s: floats([6, 60, 3, 30, 1, 10], [3, 2])),
        scan(
            "both backwards",
            [.ints("scan_input_directions", [1]), .ints("scan_output_directions", [1])], x: rows,
            y: sum, s: floats([6, 60, 5, 50, 3, 30], [3, 2])),
        scan(
            "along axis 1", [.ints("scan_input_axes", [1])], x: columns, y: sum,
            s: floats([1, 10, 3, 30, 6, 60], [3, 2])),
        scan(
            "along axis -1, stacked along axis -1",
            [.ints("scan_input_axes", [-1]), .ints("scan_output_axes", [-1])], x: columns, y: sum,
            s: floats([1, 3, 6, 10, 30, 60], [2, 3])),
        scan(
            "stacked along axis 1 backwards",
            [.ints("scan_output_axes", [1]), .ints("scan_output_directions", [1])], x: rows,
            y: sum, s: floats([6, 3, 1, 60, 30, 10], [2, 3])),
        scan(
            "of nothing", [], x: floats([], [0, 2]), y: floats([0, 0]), s: floats([], [0, 2])),
        scan(
            "of nothing, stacked along axis 1", [.ints("scan_output_axes", [1])],
            x: floats([], [0, 2]), y: floats([0, 0]), s: floats([], [2, 0])),
        ControlCase(
            name: "two inputs in other directions, no state",
            nodes: [
                node(
                    "Scan", ["x", "w"], ["s"],
                    [
                        .graph(
                            "body", body(["e", "f"], ["o"], [node("Mul", ["e", "f"], ["o"])])),
                        .int("num_scan_inputs", 2), .ints("scan_input_directions", [0, 1]),
                        .ints("scan_input_axes", [0, 1]),
                    ])
            ],
            inputs: ["x": rows, "w": floats([1, 2, 3], [1, 3])],
            outputs: ["s": floats([3, 30, 4, 40, 3, 30], [3, 2])]),
        ControlCase(
            name: "strings",
            nodes: [
                node(
                    "Scan", ["x"], ["s"],
                    [
                        .graph("body", body(["e"], ["e"], [])), .int("num_scan_inputs", 1),
                        .ints("scan_output_directions", [1]),
                    ])
            ],
            inputs: ["x": strings(["a", "b", "ß"], [3])],
            outputs: ["s": strings(["ß", "b", "a"], [3])]),
    ]

    @Test("A scan walks and stacks", arguments: cases)
    func walks(_ specimen: ControlCase) throws { try specimen.expectOutputs() }

    static func batched(
        _ name: String, _ direction: Int, lengths: [Int64]?, y: [Float], s: [Float]
    ) -> ControlCase {
        var inputs: [String: Value] = [
            "z": floats([0, 0], [2, 1]), "x": floats([1, 2, 3, 4, 5, 6], [2, 3, 1]),
        ]
        inputs["l"] = lengths.map { ints($0) }
        return ControlCase(
            name: name,
            nodes: [
                node(
                    "Scan", [lengths == nil ? "" : "l", "z", "x"], ["y", "s"],
                    [
                        .graph("body", sums), .int("num_scan_inputs", 1),
                        .ints("directions", [direction]),
                    ])
            ], inputs: inputs,
            outputs: ["y": floats(y, [2, 1]), "s": floats(s, [2, 3, 1])], opset: 8)
    }

    static let batches = [
        batched("forwards", 0, lengths: nil, y: [6, 15], s: [1, 3, 6, 4, 9, 15]),
        batched("backwards", 1, lengths: nil, y: [6, 15], s: [3, 5, 6, 6, 11, 15]),
        batched("with lengths", 0, lengths: [3, 1], y: [6, 4], s: [1, 3, 6, 4, 0, 0]),
        batched("backwards with lengths", 1, lengths: [3, 1], y: [6, 4], s: [3, 5, 6, 4, 0, 0]),
    ]

    @Test("Version 8 scans each of a batch", arguments: batches)
    func batch(_ specimen: ControlCase) throws { try specimen.expectOutputs() }

    @Test("A length is from 1 to what there is", arguments: [0, 4])
    func wrongLength(_ length: Int64) throws {
        let specimen = Self.batched(
            "", 0, lengths: [2, length], y: [0, 0], s: [0, 0, 0, 0, 0, 0])
        #expect(
            try specimen.error().description
                == "node (Scan): expected 2 lengths from 1 to 3, found [2, \(length)]")
    }

    @Test("The state keeps its shape")
    func growingState() throws {
        let growing = body(
            ["s", "e"], ["t", "e"], [node("Concat", ["s", "e"], ["t"], [.int("axis", 0)])])
        let specimen = Self.scan("", [], x: Self.rows, y: Self.sum, s: Self.sum, body: growing)
        #expect(
            try specimen.error().description
                == "node (Scan): expected a state 0 of float32[2], found float32[4]")
    }

    @Test("Inputs have one extent")
    func unequalExtents() throws {
        let specimen = ControlCase(
            name: "",
            nodes: [
                node(
                    "Scan", ["x", "w"], ["s"],
                    [
                        .graph(
                            "body", body(["e", "f"], ["o"], [node("Mul", ["e", "f"], ["o"])])),
                        .int("num_scan_inputs", 2),
                    ])
            ], inputs: ["x": Self.rows, "w": Self.columns], outputs: ["s": Self.sum])
        #expect(
            try specimen.error().description
                == "node (Scan): expected inputs of one extent, found 3 and 2")
    }
}
