import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms
import Testing

@Suite("InlineFunctions")
struct InlineFunctionsTests {
    /// `twice(x; alpha = 0.5) = LeakyRelu(x) + LeakyRelu(x)`, called with and without an alpha.
    private func model() -> Model {
        let function = Function(
            name: "twice", domain: "local", inputs: ["x"], outputs: ["y"],
            defaultAttributes: [.float("slope", 0.5)],
            nodes: [
                Node(
                    "LeakyRelu", name: "leaky", inputs: ["x"], outputs: ["t"],
                    attributes: [
                        Attribute("alpha", .reference(name: "slope", kind: "float"))
                    ]),
                Node("Add", name: "sum", inputs: ["t", "t"], outputs: ["y"]),
            ], opsetImports: [OpsetImport(version: 17)])
        let graph = Graph(
            name: "main",
            nodes: [
                Node("twice", domain: "local", name: "a", inputs: ["x"], outputs: ["t"]),
                Node(
                    "twice", domain: "local", name: "b", inputs: ["t"], outputs: ["z"],
                    attributes: [.float("slope", 0.25)]),
            ], inputs: [ValueInfo(name: "x", type: .tensor(.float32, ["N"]))],
            outputs: [ValueInfo(name: "z", type: nil)])
        return Model(
            graph: graph, functions: [function],
            opsetImports: [OpsetImport(version: 17), OpsetImport(domain: "local", version: 1)])
    }

    @Test("calls become the function's nodes with fresh names and the caller's attributes")
    func inline() throws {
        var model = model()
        #expect(try InlineFunctions().run(&model))
        #expect(model.functions.isEmpty)
        #expect(
            model.graph.nodes == [
                Node(
                    "LeakyRelu", name: "a/leaky", inputs: ["x"], outputs: ["a/t"],
                    attributes: [.float("alpha", 0.5)]),
                Node("Add", name: "a/sum", inputs: ["a/t", "a/t"], outputs: ["t"]),
                Node(
                    "LeakyRelu", name: "b/leaky", inputs: ["t"], outputs: ["b/t"],
                    attributes: [.float("alpha", 0.25)]),
                Node("Add", name: "b/sum", inputs: ["b/t", "b/t"], outputs: ["z"]),
            ])
        #expect(try !InlineFunctions().run(&model))
    }

    @Test("inference looks into functions that are not inlined")
    func inferThrough() throws {
        #expect(try InferTypes().infer(model()).type(of: "z") == .tensor(.float32, ["N"]))
    }

    @Test("an output that is an input is passed on")
    func passThrough() throws {
        var model = model()
        model.functions[0].outputs = ["y", "x"]
        model.graph.nodes[0].outputs = ["t", "same"]
        #expect(try InlineFunctions().run(&model))
        #expect(!model.graph.nodes.contains { $0.outputs.contains("same") })
        model = self.model()
        model.functions[0].outputs = ["y", "x"]
        model.graph.nodes[0].outputs = ["t", "same"]
        model.graph.outputs.append(ValueInfo(name: "same", type: nil))
        #expect(try InlineFunctions().run(&model))
        #expect(model.graph.nodes.last == Node("Identity", inputs: ["x"], outputs: ["same"]))
    }

    @Test("nodes of another version are spelled at the model's")
    func versions() throws {
        var model = model()
        model.functions[0].opsetImports = [OpsetImport(version: 6)]
        model.functions[0].nodes[1] = Node(
            "PRelu", inputs: ["t", "slope"], outputs: ["y"])
        model.functions[0].nodes[0] = Node("Relu", inputs: ["x"], outputs: ["t"])
        model.functions[0].inputs = ["x", "slope"]
        model.functions[0].attributes = []
        model.graph.nodes = [
            Node("twice", domain: "local", name: "a", inputs: ["x", "s"], outputs: ["z"])
        ]
        model.graph.inputs.append(ValueInfo(name: "s", type: .tensor(.float32, [3])))
        // Slopes of a channel need the rank of x.
        var unranked = model
        unranked.graph.inputs[0].type = .tensor(.float32, nil)
        let error = #expect(throws: HingeError.self) { try InlineFunctions().run(&unranked) }
        #expect(
            error?.description
                == "node 'a' (local.twice) › node (PRelu): the rank of x must be known to write this for opset 17"
        )
        var older = model
        #expect(try InlineFunctions().run(&older))
        #expect(older.graph.nodes.map(\.type) == ["Relu", "Reshape", "PRelu"])
        model.functions[0].opsetImports = [OpsetImport(version: 9)]
        #expect(try InlineFunctions().run(&model))
        #expect(model.graph.nodes.map(\.type) == ["Relu", "PRelu"])
    }

    @Test("a function that calls itself is an error")
    func recursion() throws {
        var model = model()
        model.functions[0].nodes[0] = Node(
            "twice", domain: "local", inputs: ["x"], outputs: ["t"])
        let error = #expect(throws: HingeError.self) { try InlineFunctions().run(&model) }
        #expect(
            error?.description
                == "node 'a' (local.twice) › node (local.twice): the function 'twice' calls itself")
        let inference = #expect(throws: HingeError.self) { try InferTypes().infer(model) }
        #expect(inference?.message == "the function 'twice' calls itself")
    }
}
