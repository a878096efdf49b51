import HingeGraph
import HingeOperators
import Testing

@testable import HingeTransforms

@Suite("GraphRewriter")
struct GraphRewriterTests {
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

    @Test("finds producers and consumers")
    func look() throws {
        var model = try model()
        let changed = try model.rewrite { rewriter in
            #expect(rewriter.producer(of: "a") == 0)
            #expect(rewriter.consumers(of: "a") == [1, 3])
            #expect(rewriter.soleConsumer(of: "a") == nil)
            #expect(rewriter.soleConsumer(of: "b") == 2)
            #expect(rewriter.soleConsumer(of: "y") == nil)
            #expect(rewriter.operator(1) is Relu)
            #expect(rewriter.shape("b") == ["N", 4])
        }
        #expect(!changed)
    }

    @Test("replaces nodes by one operator, at the model's version")
    func replace() throws {
        var model = try model()
        let changed =
            try model.rewrite { rewriter in
                try rewriter.replace([1, 2], with: LeakyRelu(alpha: 0.5), inputs: ["a"])
                #expect(rewriter.soleConsumer(of: "a") == nil)
                #expect(rewriter.consumers(of: "a").count == 2)
                #expect(rewriter.consumers(of: "b").isEmpty)
            }
        #expect(changed)
        #expect(model.graph.nodes.map(\.type) == ["Relu", "LeakyRelu", "Add"])
        #expect(
            model.graph.nodes[1]
                == Node(
                    "LeakyRelu", name: "c", inputs: ["a"], outputs: ["y"],
                    attributes: [.float("alpha", 0.5)]))
    }

    @Test("bypassing keeps the names of the graph's outputs")
    func bypass() throws {
        var model = try model()
        let changed =
            try model.rewrite { rewriter in
                // Inside the graph, users of b use a; then y takes the place of a.
                let passed1 = rewriter.bypass(1, to: "a")
                #expect(passed1)
                let passed2 = rewriter.bypass(2, to: "a")
                #expect(passed2)
            }
        #expect(changed)
        #expect(
            model.graph.nodes == [
                Node("Relu", name: "a", inputs: ["x"], outputs: ["y"]),
                Node("Add", name: "d", inputs: ["y", "x"], outputs: ["z"]),
            ])
        // x is an input and y an output: a node must stay between them.
        let changedAgain =
            try model.rewrite { rewriter in
                let passed3 = rewriter.bypass(0, to: "x")
                #expect(!passed3)
            }
        #expect(!changedAgain)
    }

    @Test("inserts operators with fresh names, and constants")
    func insert() throws {
        var model = try model()
        let changed =
            try model.rewrite { rewriter in
                let name = try rewriter.insert(
                    Reshape(shape: [-1, 2]), inputs: ["a"], before: 2, hint: "a")
                #expect(name == "a_1")
                #expect(rewriter.shape(name) == [.unknown, 2])
                rewriter.setInputs(2, [name])
                let constant = rewriter.addConstant(Tensor([Float(1)]), hint: "x")
                #expect(constant == "x_1")
            }
        #expect(changed)
        #expect(model.graph.nodes.map(\.type) == ["Relu", "Relu", "Reshape", "Elu", "Add"])
        #expect(model.graph.nodes[3].inputs == ["a_1"])
        #expect(model.graph.initializers.map(\.name).count == 2)
    }
}
