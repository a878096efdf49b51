import HingeGraph
import HingeOperators
import HingeTransforms
import Testing

@Suite("FoldConstants")
struct FoldConstantsTests {
    @Test("computes what depends on constants, and shapes that are known")
    func fold() throws {
        var graph = GraphBuilder(opset: 21)
        let x = graph.input("x", .float32, [2, 3, 4])
        let shape = try graph.append(ShapeOf(), x, name: "shape")
        let first = try graph.append(
            Gather(), shape, graph.constant(Tensor([Int64(0)])), name: "first")
        let rest = try graph.append(Constant(Tensor([Int64(-1)])), name: "rest")
        let target = try graph.append(Concat(axis: 0), [first, rest], outputCount: 1, name: "t")[0]
        graph.output(try graph.append(Reshape(), x, target, name: "reshape"), "y")
        var model = graph.model()
        #expect(try FoldConstants().run(&model))
        #expect(model.graph.nodes.map(\.type) == ["Reshape"])
        let constant = model.graph.initializers.first { $0.name == "t" }
        #expect(constant?.tensor == Tensor([Int64](arrayLiteral: 2, -1)))
        #expect(try !FoldConstants().run(&model))
    }

    @Test("leaves what would grow beyond the limit")
    func limit() throws {
        var graph = GraphBuilder(opset: 21)
        let x = graph.input("x", .float32, ["N"])
        let scalar = graph.constant(Tensor([Float(2)]))
        let large = try graph.append(Expand(shape: [100]), scalar, name: "large")
        let kept = try graph.append(Mul(), large, scalar, name: "kept")
        graph.output(try graph.append(Add(), x, kept, name: "sum"), "y")
        var model = graph.model()
        #expect(try !FoldConstants(limit: 99).run(&model))
        #expect(try FoldConstants(limit: 100).run(&model))
        #expect(model.graph.nodes.map(\.type) == ["Add"])
        // A result that doesn't grow is computed however large it is.
        var second = GraphBuilder(opset: 21)
        let weights = second.constant(PassHarness.random(300, 300))
        let turned = try second.append(Transpose(), weights, name: "turned")
        let input = second.input("x", .float32, ["N", 300])
        second.output(try second.append(MatMul(), input, turned, name: "product"), "y")
        model = second.model()
        #expect(try FoldConstants(limit: 1).run(&model))
        #expect(model.graph.nodes.map(\.type) == ["MatMul"])
    }

    @Test("leaves outputs of the graph, random numbers and quantized weights")
    func leave() throws {
        var graph = GraphBuilder(opset: 21)
        let constant = graph.constant(Tensor([Float(1), 2]))
        graph.output(try graph.append(Relu(), constant, name: "relu"), "y")
        var model = graph.model()
        model.graph.nodes.append(
            Node("Dropout", inputs: [model.graph.initializers[0].name, "", "t"], outputs: ["z"]))
        model.graph.initializers.append(NamedTensor(name: "t", Tensor([true], shape: [])))
        model.graph.nodes.append(
            Node("DequantizeLinear", inputs: ["q", "s"], outputs: ["d"]))
        model.graph.initializers.append(NamedTensor(name: "q", Tensor([Int8](arrayLiteral: 1, 2))))
        model.graph.initializers.append(NamedTensor(name: "s", Tensor(scalar: Float(0.5))))
        model.graph.nodes.append(Node("Add", inputs: ["z", "d"], outputs: ["w"]))
        model.graph.outputs.append(ValueInfo(name: "w", type: nil))
        #expect(try !FoldConstants().run(&model))
    }
}
