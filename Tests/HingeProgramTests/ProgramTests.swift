import HingeGraph
import HingeOperators
import HingeProgram
import Testing

@Suite("Programs of models")
struct ProgramTests {
    /// A branch that reads a value around it, and another that is a constant.
    private func conditional() throws -> Model {
        var graph = Graph(name: "main")
        graph.inputs = [
            ValueInfo(name: "c", type: .tensor(.bool, [])),
            ValueInfo(name: "x", type: .tensor(.float32, ["N"])),
        ]
        var then = Graph(name: "then")
        then.nodes = [Node("Relu", name: "r", inputs: ["h"], outputs: ["t"])]
        then.outputs = [ValueInfo(name: "t", type: nil)]
        var otherwise = Graph(name: "else")
        otherwise.initializers = [NamedTensor(name: "e", Tensor([Float(1)]))]
        otherwise.outputs = [ValueInfo(name: "e", type: nil)]
        graph.nodes = [
            Node("Neg", name: "n", inputs: ["x"], outputs: ["h"], documentation: "as it was"),
            Node(
                "If", name: "i", inputs: ["c"], outputs: ["y"],
                attributes: [
                    .graph("then_branch", then), .graph("else_branch", otherwise),
                ]),
        ]
        graph.outputs = [ValueInfo(name: "y", type: .tensor(.float32, nil))]
        return Model(graph: graph, opsetImports: [OpsetImport(version: 17)])
    }

    @Test("a program that nothing touched is written as the graph that it was made of")
    func untouched() throws {
        let model = try conditional()
        #expect(try Program(model).graph() == model.graph)
    }

    @Test("a value around a body is renamed in the body too")
    func captured() throws {
        var model = try conditional()
        let changed = try model.edit { program in
            let x = try #require(program.slot(named: "x"))
            return try program.edit { editor in
                for id in editor.ids where editor.operator(id) is Neg {
                    editor.bypass(id, to: x)
                }
            }
        }
        #expect(changed)
        #expect(model.graph.nodes.map(\.type) == ["If"])
        #expect(model.graph.nodes[0].subgraphs[0].nodes[0].inputs == ["x"])
    }

    @Test("functions are kept as calls, or inlined with names of their own")
    func functions() throws {
        var graph = Graph(name: "main")
        graph.inputs = [ValueInfo(name: "x", type: .tensor(.float32, ["N"]))]
        graph.nodes = [
            Node("F", domain: "mine", name: "f", inputs: ["x"], outputs: ["h"]),
            Node("F", domain: "mine", name: "g", inputs: ["h"], outputs: ["y"]),
        ]
        graph.outputs = [ValueInfo(name: "y", type: nil)]
        let function = Function(
            name: "F", domain: "mine", inputs: ["a"], outputs: ["b"],
            nodes: [
                Node("Neg", name: "n", inputs: ["a"], outputs: ["m"]),
                Node("Exp", inputs: ["m"], outputs: ["b"]),
            ], opsetImports: [OpsetImport(version: 17)])
        let model = Model(
            graph: graph, functions: [function],
            opsetImports: [OpsetImport(version: 17), OpsetImport(domain: "mine", version: 1)])
        let kept = try Program(model)
        #expect(kept.steps.count == 2)
        #expect(kept.facts[try #require(kept.slot(named: "y"))].type == .tensor(.float32, ["N"]))
        #expect(try kept.graph() == graph)
        var options = ProgramOptions()
        options.inlinesFunctions = true
        var inlined = model
        try inlined.edit(options) { _ in true }
        #expect(inlined.functions.isEmpty)
        #expect(inlined.graph.nodes.map(\.type) == ["Neg", "Exp", "Neg", "Exp"])
        #expect(inlined.graph.nodes.map(\.outputs) == [["f/m"], ["h"], ["g/m"], ["y"]])
        #expect(inlined.graph.nodes.map(\.name) == ["f/n", "", "g/n", ""])
    }
}
