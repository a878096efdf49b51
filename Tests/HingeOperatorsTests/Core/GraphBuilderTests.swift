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

    @Test("Bodies see the values around them, and no name is given twice")
    func bodies() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, [2])
        let condition = graph.input("c", .bool, [])
        let y = try graph.append(Relu(), x, name: "y")
        let doubled = try graph.body(named: "then") { body in
            let two = body.constant(Tensor(scalar: 2 as Float), name: "two")
            body.output(try body.append(Mul(), y, two, name: "y"), "z")
        }
        let same = graph.body(named: "else") { $0.output(y, "z") }
        let chosen = try graph.append(
            If(), condition, name: "z", bodies: ["then_branch": doubled, "else_branch": same])
        graph.output(y, "first")
        graph.output(chosen, "second")
        #expect(graph.type(of: chosen) == .tensor(.float32, [2]))
        let node = try #require(graph.graph.nodes.first { $0.type == "If" })
        #expect(node.outputs == ["second"])
        #expect(
            node.attributes.map { "\($0.name)" } == ["else_branch", "then_branch"])
        let bodies = node.subgraphs
        #expect(bodies.map(\.name) == ["else", "then"])
        // What was renamed around a body is renamed in it.
        #expect(
            bodies.map { $0.nodes.map { "\($0.type) \($0.inputs) \($0.outputs)" } } == [
                ["Identity [\"first\"] [\"z_1\"]"], ["Mul [\"first\", \"two\"] [\"z\"]"],
            ])
        #expect(bodies[1].initializers.map(\.name) == ["two"])
    }

    @Test("Loops carry what their bodies give")
    func loops() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N"])
        let count = graph.input("count", .int64, [])
        let body = try graph.body { body in
            _ = body.input("iteration", .int64, [])
            let goesOn = body.input("goesOn", .bool, [])
            let carried = body.input("carried", .float32, ["N"])
            body.output(goesOn)
            body.output(try body.append(Add(), carried, x))
        }
        let sum = try graph.append(
            Loop(carriedCount: 1), [count, .absent, x], outputCount: 1, bodies: ["body": body])[0]
        graph.output(sum, "y")
        #expect(graph.type(of: sum)?.dataType == .float32)
        let node = try #require(graph.model().graph.nodes.last)
        #expect(node.inputs == ["count", "", "x"])
        #expect(node.subgraphs[0].outputs.map(\.name) == ["goesOn_1", "Add"])
        let error = #expect(throws: HingeError.self) {
            try graph.append(Loop(carriedCount: 1), [count, .absent, x], outputCount: 1)
        }
        #expect(error != nil)
    }
}
