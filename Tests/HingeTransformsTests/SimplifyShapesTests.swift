import HingeGraph
import HingeOperators
import HingeRuntime
import HingeTransforms
import Testing

@Suite("SimplifyShapes")
struct SimplifyShapesTests {
    /// `x [N, S, 4, 6]` in the shape of a concatenation, and the constant that takes its place; `nil` for none.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// What is concatenated: a dimension of `x`, or a number.
        var parts: [Part]
        var shape: [Int64]?
        var testDescription: String { name }

        enum Part: Sendable {
            case dimension(Int)
            case number(Int64)
            /// So many times a dimension of `x`.
            case multiple(Int64, Int)
        }
    }

    static let cases = [
        Case(
            name: "dimensions of the input in their places",
            parts: [.dimension(0), .dimension(1), .number(24)], shape: [0, 0, 24]),
        Case(name: "one that is left", parts: [.number(-1), .number(24)], shape: [-1, 24]),
        Case(
            name: "a dimension in another place", parts: [.dimension(1), .number(24), .number(-1)],
            shape: nil),
        Case(
            name: "one that is left beside one that may be 0",
            parts: [.dimension(0), .multiple(24, 1)], shape: nil),
    ]

    @Test("Reshape to a computed shape", arguments: cases)
    func reshape(_ specimen: Case) throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", "S", 4, 6])
        let parts = try specimen.parts.map { part in
            switch part {
            case .dimension(let index):
                try graph.append(ShapeOf(start: index, end: index + 1), x)
            case .number(let number): graph.constant(Tensor([number]))
            case .multiple(let number, let index):
                try graph.append(
                    Mul(), graph.append(ShapeOf(start: index, end: index + 1), x),
                    graph.constant(Tensor([number])))
            }
        }
        let shape = try graph.append(Concat(axis: 0), parts, outputCount: 1)[0]
        graph.output(try graph.append(Reshape(), x, shape), "y")
        let model = graph.model()
        var simple = model
        _ = try Simplify().run(&simple)
        let constant = simple.graph.initializers.first?.tensor
        #expect(simple.graph.nodes.map(\.type).contains("Concat") == (specimen.shape == nil))
        if let expected = specimen.shape {
            #expect(try constant?.integers() == expected.map { Int($0) })
        }
        // An empty batch is reshaped as before.
        for batch in [2, 0] {
            let input = try Tensor(zeros: .float32, shape: [batch, 3, 4, 6])
            let outputs = try [model, simple].map {
                try Session($0, options: .init(engine: .reference)).run(["x": .tensor(input)])["y"]
            }
            #expect(outputs[0] == outputs[1])
        }
    }

    @Test("A dimension without a name, read from the shape of the input", arguments: [0, 1])
    func unnamed(place: Int) throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", "?", 6])
        let shape = try graph.append(ShapeOf(), x)
        func element(_ index: Int64) throws -> GraphBuilder.Operand {
            let index = graph.constant(Tensor(scalar: index))
            return try graph.append(
                Unsqueeze(axes: [0]), graph.append(Gather(), shape, index))
        }
        // Once in their own places, once the other way round.
        let parts = try [
            element(Int64(place)), element(Int64(1 - place)),
            graph.constant(Tensor([2, 3] as [Int64])),
        ]
        let target = try graph.append(Concat(axis: 0), parts, outputCount: 1)[0]
        graph.output(try graph.append(Reshape(), x, target), "y")
        let model = graph.model()
        var simple = model
        _ = try Simplify().run(&simple)
        #expect(simple.graph.nodes.map(\.type).contains("Concat") == (place == 1))
        // In a shape, 0 stands for what the input has there.
        for extents in place == 0 ? [[2, 5, 6], [0, 5, 6], [2, 0, 6]] : [[2, 5, 6]] {
            let count = extents.reduce(1, *)
            let input = Tensor((0..<count).map { Float($0) }, shape: extents)
            let outputs = try [model, simple].map {
                try Session($0, options: .init(engine: .reference)).run(["x": .tensor(input)])["y"]
            }
            #expect(outputs[0] == outputs[1])
            let (first, second) = (extents[place], extents[1 - place])
            #expect(outputs[1]?.tensor?.shape == [first, second, 2, 3])
        }
    }
}
