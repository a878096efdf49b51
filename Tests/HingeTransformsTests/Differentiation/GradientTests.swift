import HingeGraph
import HingeOperators
import HingeRuntime
import HingeTransforms
import Testing

/// `Model.gradient(of:withRespectTo:)` and the operator `Gradient`.
@Suite("Gradients") struct GradientTests {
    private func run(
        _ model: Model, _ inputs: [String: Tensor], _ engine: Session.Options.Engine = .reference
    ) throws -> [String: [Double]] {
        let session = try Session(model, options: Session.Options(engine: engine))
        return try session.run(inputs.mapValues { .tensor($0) }).compactMapValues {
            try $0.tensor?.doubles()
        }
    }

    /// `y = relu(x · w) + b`, `z = y²`.
    private var layer: Model {
        get throws {
            var graph = GraphBuilder()
            let x = graph.input("x", .float32, ["N", 2])
            let w = graph.constant(Tensor([1, -2, 3, 4] as [Float], shape: [2, 2]), name: "w")
            let b = graph.constant(Tensor([0.5, 0.25] as [Float]), name: "b")
            let product = try graph.append(MatMul(), x, w, name: "product")
            let y = try graph.append(Add(), graph.append(Relu(), product), b, name: "y")
            graph.output(try graph.append(Mul(), y, y), "z")
            return graph.model()
        }
    }

    @Test("By inputs, weights and values in between, with a batch of any size")
    func values() throws {
        let names = ["x", "w", "b", "y", "product"]
        let gradient = try layer.gradient(of: "z", withRespectTo: names)
        #expect(gradient.graph.outputs.map(\.name) == names.map { "\($0)_gradient" })
        #expect(gradient.graph.inputs.map(\.name) == ["x"])
        for engine in [Session.Options.Engine.reference, .fast] {
            let found = try run(
                gradient, ["x": Tensor([1, 1, 0, 1] as [Float], shape: [2, 2])], engine)
            // x · w = [[4, 2], [3, 4]], y = [[4.5, 2.25], [3.5, 4.25]].
            #expect(found["y_gradient"] == [9, 4.5, 7, 8.5])
            #expect(found["product_gradient"] == [9, 4.5, 7, 8.5])
            #expect(found["b_gradient"] == [16, 13])
            #expect(found["x_gradient"] == [0, 45, -10, 55])
            #expect(found["w_gradient"] == [9, 4.5, 16, 13])
        }
    }

    @Test("It can be simplified, and differentiated once more")
    func simplified() throws {
        var gradient = try layer.gradient(of: "z", withRespectTo: ["x"])
        let x = Tensor([1, 1] as [Float], shape: [1, 2])
        let before = try run(gradient, ["x": x])
        let count = gradient.graph.nodes.count
        _ = try Simplify().run(&gradient)
        #expect(gradient.graph.nodes.count < count)
        #expect(try run(gradient, ["x": x]) == before)
        // d/dx Σ (w · 2 · (x · w + b)) where both are positive: 2 · w · wᵀ, summed.
        let second = try gradient.gradient(of: "x_gradient", withRespectTo: ["x"])
        #expect(try run(second, ["x": x]).values.first == [0, 40])
    }

    @Test("That of a layer whose weights are constants computes the same when it is simplified")
    func simplifiedLayer() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, [3, 1, 2])
        let numbers = (0..<16).map { Float($0 % 5) / 4 - 0.4 }
        let weights = graph.constant(Tensor(numbers, shape: [1, 8, 2]))
        graph.output(try graph.append(LSTM(), x, weights, weights), "y")
        var gradient = try graph.model().gradient(of: "y", withRespectTo: ["x"])
        let point = ["x": Tensor([1, -1, 0.5, 2, 0, -0.5] as [Float], shape: [3, 1, 2])]
        let before = try #require(try run(gradient, point)["x_gradient"])
        #expect(before.contains { $0 != 0 })
        _ = try Simplify().run(&gradient)
        for engine in [Session.Options.Engine.reference, .fast] {
            let after = try #require(try run(gradient, point, engine)["x_gradient"])
            // Sums are taken in another order.
            for (first, second) in zip(before, after) { #expect(abs(first - second) < 1e-6) }
        }
    }

    @Test("Relu has the slope 0 at 0, LeakyRelu that of the negative part, Clip 1 at its bounds")
    func corners() throws {
        let x = Tensor([-1, 0, 1] as [Float])
        func slope(_ operation: any Operator) throws -> [Double]? {
            var graph = GraphBuilder()
            let input = graph.input("x", .float32, [3])
            graph.output(try graph.append(operation, input), "y")
            let gradient = try graph.model().gradient(of: "y", withRespectTo: ["x"])
            return try run(gradient, ["x": x])["x_gradient"]
        }
        #expect(try slope(Relu()) == [0, 0, 1])
        #expect(try slope(LeakyRelu(alpha: 0.5)) == [0.5, 0.5, 1])
        #expect(try slope(Abs()) == [-1, 0, 1])
        #expect(try slope(Clip(minimum: -1, maximum: 0)) == [1, 1, 0])
        let part = Double(1 / Float(2).squareRoot())
        #expect(try slope(ReduceL2()) == [-part, 0, part])
        #expect(try slope(Floor()) == [0, 0, 0])
        #expect(try slope(Sign()) == [0, 0, 0])
    }

    @Test("Equal elements share the gradient of the largest; a window's first one has it")
    func ties() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, [1, 1, 4])
        graph.output(try graph.append(ReduceMax(), x), "all")
        graph.output(try graph.append(MaxPool(kernel: [4]), x), "window")
        graph.output(try graph.append(GlobalMaxPool(), x), "global")
        let two = graph.constant(Tensor(scalar: Float(2)))
        graph.output(try graph.append(Max(), x, two), "pair")
        let model = graph.model()
        let point = ["x": Tensor([1, 2, 2, 0] as [Float], shape: [1, 1, 4])]
        func slope(_ output: String) throws -> [Double]? {
            try run(model.gradient(of: output, withRespectTo: ["x"]), point)["x_gradient"]
        }
        #expect(try slope("all") == [0, 0.5, 0.5, 0])
        #expect(try slope("window") == [0, 1, 0, 0])
        #expect(try slope("global") == [0, 1, 0, 0])
        #expect(try slope("pair") == [0, 0.5, 0.5, 0])
    }

    @Test("What doesn't matter has the gradient zero, of its shape")
    func unrelated() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N"])
        let y = graph.input("y", .float32, ["M", 2])
        graph.output(try graph.append(Exp(), x), "z")
        graph.output(y, "w")
        let gradient = try graph.model().gradient(of: "z", withRespectTo: ["y", "x"])
        let found = try run(
            gradient,
            ["x": Tensor([0] as [Float]), "y": Tensor([1, 2] as [Float], shape: [1, 2])])
        #expect(found == ["y_gradient": [0, 0], "x_gradient": [1]])
    }

    @Test("Errors name the value, or the node")
    func errors() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, [3])
        let unique = try graph.append(Unique(), [x], outputCount: 1, name: "distinct")[0]
        graph.output(unique, "y")
        let whole = try graph.append(Cast(to: .int64), x)
        graph.output(whole, "whole")
        let model = graph.model()
        func message(_ y: String, _ x: String) -> String? {
            #expect(throws: HingeError.self) {
                try model.gradient(of: y, withRespectTo: [x])
            }?.description
        }
        #expect(
            message("y", "x")
                == "node 'distinct' (Unique): Unique can't be differentiated: which of equal elements "
                + "a result is of is open")
        #expect(message("q", "x") == "the model has no value 'q'")
        #expect(
            message("whole", "x")
                == "expected a tensor of real numbers for 'whole', found int64[3]")
    }

    /// `c = a + b`, `d = a · c`, and the gradients of both, of which one is differentiated again.
    private var training: Model {
        var graph = Graph(name: "training")
        let type = ValueType.tensor(.float32, [])
        graph.inputs = ["a", "b"].map { ValueInfo(name: $0, type: type) }
        func gradient(_ y: String, _ xs: [String], _ outputs: [String]) -> Node {
            Node(
                "Gradient", domain: "ai.onnx.preview.training", name: "gradient of \(y)",
                inputs: xs, outputs: outputs,
                attributes: [.strings("xs", xs), .string("y", y)])
        }
        graph.nodes = [
            Node("Add", name: "add", inputs: ["a", "b"], outputs: ["c"]),
            Node("Mul", name: "mul", inputs: ["a", "c"], outputs: ["d"]),
            gradient("d", ["a", "b"], ["da", "db"]),
            Node("Mul", name: "square", inputs: ["da", "da"], outputs: ["e"]),
            gradient("e", ["a", "b"], ["dea", "deb"]),
        ]
        graph.outputs = ["c", "d", "da", "db", "dea", "deb"].map {
            ValueInfo(name: $0, type: type)
        }
        return Model(
            graph: graph,
            opsetImports: [
                OpsetImport(domain: "", version: 17),
                OpsetImport(domain: "ai.onnx.preview.training", version: 1),
            ], producerName: "hinge")
    }

    private static let expected: [String: [Double]] = [
        // d = a · (a + b), da = 2a + b, db = a; e = (2a + b)², dea = 4 · (2a + b), deb = 2 · (2a + b).
        "c": [5], "d": [15], "da": [8], "db": [3], "dea": [32], "deb": [16],
    ]

    @Test("Gradient runs, on both engines, and its gradient too")
    func gradientRuns() throws {
        let point = ["a": Tensor(scalar: Float(3)), "b": Tensor(scalar: Float(2))]
        #expect(try run(training, point) == Self.expected)
        #expect(try run(training, point, .fast) == Self.expected)
    }

    @Test("Gradient is written back as it was, and expanded where a model is simplified")
    func gradientIsKept() throws {
        var model = training
        _ = try RemoveUnused().run(&model)
        #expect(model.graph == training.graph)
        _ = try ConvertOpset(to: 20).run(&model)
        #expect(model.graph.nodes == training.graph.nodes)
        _ = try Simplify().run(&model)
        #expect(!model.graph.nodes.contains { $0.type == "Gradient" })
        let point = ["a": Tensor(scalar: Float(3)), "b": Tensor(scalar: Float(2))]
        #expect(try run(model, point) == Self.expected)
    }

    @Test("Gradient takes the values of its inputs, whatever the graph computes")
    func gradientAtOtherValues() throws {
        var model = training
        model.graph.nodes =
            Array(model.graph.nodes.prefix(2)) + [
                Node(
                    "Gradient", domain: "ai.onnx.preview.training", inputs: ["b", "a"],
                    outputs: ["da", "dc"],
                    attributes: [.strings("xs", ["a", "c"]), .string("y", "d")])
            ]
        model.graph.outputs = ["da", "dc"].map { ValueInfo(name: $0, type: nil) }
        let point = ["a": Tensor(scalar: Float(3)), "b": Tensor(scalar: Float(2))]
        // d = a · c at a = 2, c = 3.
        #expect(try run(model, point) == ["da": [3], "dc": [2]])
    }

    @Test("Gradient of what isn't there is an error")
    func gradientOfNothing() throws {
        var model = training
        model.graph.nodes[2].attributes = [.strings("xs", ["a", "b"]), .string("y", "q")]
        let error = #expect(throws: HingeError.self) { try Session(model) }
        #expect(
            error?.description
                == "node 'gradient of d' (ai.onnx.preview.training.Gradient) › attribute 'y': the "
                + "value 'q' is not an input, "
                + "an initializer or the output of an earlier node")
    }
}
