import HingeGraph
import Testing

@testable import HingeOperators

@Suite("Building graphs")
struct GraphBuilderTests {
    @Test("Every output has a name that nothing else has")
    func outputs() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, [2])
        let c = graph.constant(Tensor([1, 2] as [Float]), name: "c")
        let y = try graph.append(Relu(), x, name: "y")
        let z = try graph.append(Abs(), y, name: "z")
        graph.output(x, "x")
        graph.output(c)
        graph.output(z, "y")
        graph.output(z, "w")
        graph.output(y, "u")
        // What was renamed is known by its operand still.
        graph.output(try graph.append(Neg(), y), "v")
        let model = graph.model()
        #expect(model.graph.outputs.map(\.name) == ["x_1", "c_1", "y_1", "w", "u", "v"])
        #expect(
            model.graph.nodes.map { "\($0.type) \($0.inputs) \($0.outputs)" } == [
                "Relu [\"x\"] [\"u\"]", "Abs [\"u\"] [\"y_1\"]", "Identity [\"x\"] [\"x_1\"]",
                "Identity [\"c\"] [\"c_1\"]", "Identity [\"y_1\"] [\"w\"]",
                "Neg [\"u\"] [\"v\"]",
            ])
        #expect(model.graph.outputs.allSatisfy { $0.type == .tensor(.float32, [2]) })
    }

    @Test("Nodes of one name become nodes of two")
    func nodes() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, [2])
        let y = try graph.append(Relu(), x, name: "a")
        graph.output(try graph.append(Abs(), y, name: "a"), "y")
        #expect(graph.model().graph.nodes.map(\.name) == ["a", "a/Abs"])
    }
}
