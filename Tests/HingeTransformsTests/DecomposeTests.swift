import HingeGraph
import HingeOperators
import HingeProgram
import HingeRuntime
import Testing

@testable import HingeTransforms

/// Operators that others stand for become those, in a model only when somebody asks for it.
@Suite struct DecomposeTests {
    private func model() throws -> Model {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", 4])
        let bias = graph.constant(Tensor([0.5, -0.5, 1, 0] as [Float]), name: "bias")
        let gelu = try graph.append(BiasGelu(), x, bias, name: "gelu")
        graph.output(try graph.append(Relu(), gelu, name: "relu"), "y")
        return graph.model()
    }

    private let input = Tensor([-1, 2, -3, 4] as [Float], shape: [1, 4])

    private func output(_ model: Model, _ engine: Session.Options.Engine) throws -> [Float] {
        let session = try Session(model, options: Session.Options(engine: engine))
        return try #require(session.run(["x": .tensor(input)])["y"]?.tensor).array(of: Float.self)
    }

    @Test(arguments: Session.Options.Engine.allCases)
    func computesTheSame(_ engine: Session.Options.Engine) throws {
        var model = try model()
        let before = try output(model, engine)
        // The numbers of ONNX Runtime 1.32.0.
        let expected: [Float] = [0, 1.3997892, 0, 3.9998732]
        for (value, wanted) in zip(before, expected) { #expect(abs(value - wanted) < 1e-5) }
        try model.run([Decompose()])
        for (value, wanted) in try zip(output(model, engine), expected) {
            #expect(abs(value - wanted) < 1e-5)
        }
    }

    @Test func writesOperatorsOfTheStandard() throws {
        var model = try model()
        #expect(model.opsetImports.map(\.domain) == ["", "com.microsoft"])
        try model.run([Decompose()])
        #expect(model.opsetImports.map(\.domain) == [""])
        #expect(model.graph.nodes.map(\.type) == ["Add", "Gelu", "Relu"])
        #expect(model.graph.nodes.map(\.name) == ["gelu/Add", "gelu/Gelu", "relu"])
    }

    @Test func otherPassesKeepThem() throws {
        var model = try model()
        try model.run([Simplify()])
        #expect(model.graph.nodes.map(\.type) == ["BiasGelu", "Relu"])
        try model.run([ConvertOpset(to: 13)])
        #expect(model.graph.nodes.map(\.type) == ["BiasGelu", "Relu"])
        try model.run([Decompose()])
        #expect(Set(model.graph.nodes.map(\.domain)) == [""])
        #expect(!model.graph.nodes.contains { $0.type == "Gelu" })
    }

    /// ONNX Runtime writes `LayerNormalization` at every version.
    @Test func spellsWhatTheVersionDoesNotHave() throws {
        let node = Node(
            "LayerNormalization", name: "n", inputs: ["x", "s"], outputs: ["y"],
            attributes: [.float("epsilon", 1e-5)])
        let graph = Graph(
            name: "g", nodes: [node],
            inputs: [ValueInfo(name: "x", type: .tensor(.float32, [1, 4]))],
            outputs: [ValueInfo(name: "y", type: .tensor(.float32, [1, 4]))],
            initializers: [NamedTensor(name: "s", Tensor([1, 1, 1, 1] as [Float]))])
        var model = Model(graph: graph, opsetImports: [OpsetImport(version: 14)], irVersion: 8)
        let before = try output(model, .reference)
        try model.run([Decompose()])
        #expect(!model.graph.nodes.contains { $0.type == "LayerNormalization" })
        for (value, wanted) in try zip(output(model, .fast), before) {
            #expect(abs(value - wanted) < 1e-5)
        }
    }
}
