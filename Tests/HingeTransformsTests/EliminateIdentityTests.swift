import HingeGraph
import HingeOperators
import HingeTransforms
import Testing

@Suite("EliminateIdentity")
struct EliminateIdentityTests {
    /// An operator between two others, on `x [N, 3, 4]`, and the nodes that remain.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var build:
            @Sendable (inout GraphBuilder, GraphBuilder.Operand) throws -> GraphBuilder.Operand
        var remaining: [String]
        var testDescription: String { name }
    }

    static func one(
        _ name: String, _ operation: any Operator, _ remaining: [String] = []
    ) -> Case {
        Case(name: name, build: { try $0.append(operation, $1) }, remaining: remaining)
    }

    static func binary(
        _ name: String, _ operation: any Operator, _ constant: Tensor,
        _ remaining: [String] = []
    ) -> Case {
        Case(
            name: name,
            build: { graph, x in try graph.append(operation, x, graph.constant(constant)) },
            remaining: remaining)
    }

    static let cases = [
        one("Identity", Identity()),
        one("Dropout", Dropout(ratio: 0.5)),
        one("Cast to the same type", Cast(to: .float32)),
        one("BitCast to the same type", BitCast(to: .float32)),
        one("Clip without bounds", Clip()),
        one("Clip", Clip(minimum: 0), ["Clip"]),
        one("Cast to another type and back", Cast(to: .float64), ["Cast"]),
        one("Reshape to the same shape", Reshape(shape: [0, 3, 4])),
        one("Reshape", Reshape(shape: [0, 4, 3]), ["Reshape"]),
        one("Transpose in order", Transpose([0, 1, 2])),
        one("Transpose", Transpose([0, 2, 1]), ["Transpose"]),
        one("Pad by nothing", Pad(pads: [0, 0, 0, 0, 0, 0])),
        one("Pad", Pad(pads: [0, 0, 0, 0, 0, 1]), ["Pad"]),
        one("Slice of all", SliceOf(starts: [0], ends: [Int.max], axes: [1])),
        one(
            "Slice backwards", SliceOf(starts: [-1], ends: [Int.min], axes: [1], steps: [-1]),
            ["Slice"]),
        one("Expand to the same shape", Expand(shape: [1, 3, 1])),
        one("Expand", Expand(shape: [2, 1, 3, 4]), ["Expand"]),
        one("Tile once", Tile(repeats: [1, 1, 1])),
        one("Concat of one", Concat(axis: 1)),
        one("Split into one", Split(axis: 1)),
        binary("times 1", Mul(), Tensor(scalar: Float(1))),
        binary("divided by ones", Div(), Tensor([Float](repeating: 1, count: 4))),
        binary("times a larger 1", Mul(), Tensor([Float(1), 1], shape: [2, 1, 1, 1]), ["Mul"]),
        binary("minus 0", Sub(), Tensor(scalar: Float(0))),
        binary("minus −0, which changes −0", Sub(), Tensor(scalar: -Float(0)), ["Sub"]),
        binary("to the power of 1", Pow(), Tensor(scalar: Float(1))),
        binary("as the type it has", CastLike(), Tensor(scalar: Float(2))),
        binary("plus 0, which changes −0", Add(), Tensor(scalar: Float(0)), ["Add"]),
        binary("times 2", Mul(), Tensor(scalar: Float(2)), ["Mul"]),
        Case(
            name: "two transposes that cancel",
            build: { graph, x in
                try graph.append(Transpose([2, 0, 1]), graph.append(Transpose([1, 2, 0]), x))
            }, remaining: []),
        Case(
            name: "two transposes",
            build: { graph, x in
                try graph.append(Transpose([0, 2, 1]), graph.append(Transpose([1, 0, 2]), x))
            }, remaining: ["Transpose"]),
        Case(
            name: "two reshapes",
            build: { graph, x in
                try graph.append(
                    Reshape(shape: [-1, 2, 6]), graph.append(Reshape(shape: [-1, 12]), x))
            }, remaining: ["Reshape"]),
        Case(
            name: "two reshapes, the second of which copies",
            build: { graph, x in
                try graph.append(
                    Reshape(shape: [0, 2, 6]), graph.append(Reshape(shape: [-1, 12]), x))
            }, remaining: ["Reshape", "Reshape"]),
    ]

    @Test("leaves what is needed", arguments: cases)
    func eliminate(_ test: Case) throws {
        var graph = GraphBuilder(opset: 26)
        let x = graph.input("x", .float32, ["N", 3, 4])
        let before = try graph.append(Relu(), x, name: "before")
        let middle = try test.build(&graph, before)
        graph.output(try graph.append(Neg(), middle, name: "after"), "y")
        let model = graph.model()
        var simple = model
        let changed = try simple.run([EliminateIdentity(), RemoveUnused()])
        #expect(simple.graph.nodes.map(\.type) == ["Relu"] + test.remaining + ["Neg"])
        #expect(changed == (simple.graph != model.graph))
        #expect(try PassHarness.difference(model, simple) == 0)
    }

    @Test("a value between an input and an output of the graph stays")
    func between() throws {
        var graph = GraphBuilder(opset: 21)
        let x = graph.input("x", .float32, ["N"])
        graph.output(try graph.append(Identity(), x, name: "same"), "y")
        var model = graph.model()
        #expect(try !EliminateIdentity().run(&model))
        #expect(model.graph.outputs.map(\.name) == ["y"])
    }
}
