import HingeGraph
import HingeOperators
import HingeProgram
import Testing

@Suite("ProgramEditor")
struct ProgramEditorTests {
    /// `x → Relu "a" → Relu "b" → Elu "y"`, with `a` also used by a sum.
    private func model() throws -> Model {
        var graph = GraphBuilder(opset: 17)
        let x = graph.input("x", .float32, ["N", 4])
        let a = try graph.append(Relu(), x, name: "a")
        let b = try graph.append(Relu(), a, name: "b")
        graph.output(try graph.append(Elu(), b, name: "c"), "y")
        graph.output(try graph.append(Add(), a, x, name: "d"), "z")
        return graph.model()
    }

    private func slots(_ program: Program, _ names: String...) throws -> [Program.SlotID] {
        try names.map { try #require(program.slot(named: $0)) }
    }

    @Test("finds producers and consumers")
    func look() throws {
        var program = try Program(model())
        let (a, b, y) = (
            try slots(program, "a")[0], try slots(program, "b")[0], try slots(program, "y")[0]
        )
        let changed = try program.edit { editor in
            #expect(editor.producer(of: a) == 0)
            #expect(editor.consumers(of: a) == [1, 3])
            #expect(editor.soleConsumer(of: a) == nil)
            #expect(editor.soleConsumer(of: b) == 2)
            #expect(editor.soleConsumer(of: y) == nil)
            #expect(editor.operator(1) is Relu)
            #expect(editor.shape(b) == ["N", 4])
        }
        #expect(!changed)
    }

    @Test("replaces steps by one operator")
    func replace() throws {
        var model = try model()
        let changed = try model.edit { program in
            let (a, b) = (try slots(program, "a")[0], try slots(program, "b")[0])
            return try program.edit { editor in
                try editor.replace([1, 2], with: LeakyRelu(alpha: 0.5), inputs: [a])
                #expect(editor.soleConsumer(of: a) == nil)
                #expect(editor.consumers(of: a).count == 2)
                #expect(editor.consumers(of: b).isEmpty)
            }
        }
        #expect(changed)
        #expect(model.graph.nodes.map(\.type) == ["Relu", "LeakyRelu", "Add"])
        #expect(
            model.graph.nodes[1]
                == Node(
                    "LeakyRelu", name: "c", inputs: ["a"], outputs: ["y"],
                    attributes: [.float("alpha", 0.5)]))
    }

    @Test(
        "what took the place of others is written as those were, where the version doesn't have it")
    func replaceByNewer() throws {
        var model = try model()
        let before = model.graph
        let changed = try model.edit { program in
            let a = try slots(program, "a")[0]
            return try program.edit { editor in
                try editor.replace([1, 2], with: Gelu(), inputs: [a])
            }
        }
        #expect(!changed)
        #expect(model.graph == before)
    }

    @Test("bypassing keeps the names of the graph's outputs")
    func bypass() throws {
        var model = try model()
        let changed = try model.edit { program in
            let a = try slots(program, "a")[0]
            return try program.edit { editor in
                // Inside the graph, users of b use a; then y takes the place of a.
                let passed1 = editor.bypass(1, to: a)
                #expect(passed1)
                let passed2 = editor.bypass(2, to: a)
                #expect(passed2)
            }
        }
        #expect(changed)
        #expect(
            model.graph.nodes == [
                Node("Relu", name: "a", inputs: ["x"], outputs: ["y"]),
                Node("Add", name: "d", inputs: ["y", "x"], outputs: ["z"]),
            ])
        // x is an input and y an output: a node must stay between them.
        let changedAgain = try model.edit { program in
            let x = try slots(program, "x")[0]
            return try program.edit { editor in
                let passed3 = editor.bypass(0, to: x)
                #expect(!passed3)
            }
        }
        #expect(!changedAgain)
    }

    @Test("inserts operators with fresh names, and constants")
    func insert() throws {
        var model = try model()
        let changed = try model.edit { program in
            let a = try slots(program, "a")[0]
            return try program.edit { editor in
                let slot = try editor.insert(
                    Reshape(shape: [-1, 2]), inputs: [a], before: 2, hint: "a")
                #expect(editor.shape(slot)?.description == "[2*N, 2]")
                editor.setInputs(2, [slot])
            }
        }
        #expect(changed)
        #expect(model.graph.nodes.map(\.type) == ["Relu", "Relu", "Reshape", "Elu", "Add"])
        #expect(model.graph.nodes[2].outputs == ["a_1"])
        #expect(model.graph.nodes[3].inputs == ["a_1"])
        #expect(model.graph.initializers.map(\.name) == ["a_shape"])
    }
}
