import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms
import Testing

@Suite("InferTypes")
struct InferTypesTests {
    /// `x [N, 4] → Relu → Reshape([0, 2, -1]) → y`, with the shape computed as a sum of constants.
    private func model() throws -> Model {
        var graph = GraphBuilder(opset: 17)
        let x = graph.input("x", .float32, ["N", 4])
        let relu = try graph.append(Relu(), x, name: "relu")
        let a = graph.constant(Tensor([Int64](arrayLiteral: -1, 1, -2)), name: "a")
        let b = graph.constant(Tensor([Int64](arrayLiteral: 1, 1, 1)), name: "b")
        let shape = try graph.append(Add(), a, b, name: "shape")
        graph.output(try graph.append(Reshape(), relu, shape, name: "reshaped"), "y")
        return graph.model()
    }

    @Test("keeps symbolic dimensions and computes constants on the way")
    func symbols() throws {
        let inferred = try InferTypes().infer(model())
        #expect(inferred.type(of: "relu") == .tensor(.float32, ["N", 4]))
        #expect(inferred.constant("shape") == Tensor([Int64](arrayLiteral: 0, 2, -1)))
        #expect(inferred.type(of: "y") == .tensor(.float32, ["N", 2, 2]))
        #expect(inferred.operators.map { $0?.id.type } == ["Relu", "Add", "Reshape"])
    }

    @Test("puts given input shapes in, and the symbols that they make known")
    func inputShapes() throws {
        var model = try model()
        model.graph.inputs.append(ValueInfo(name: "mask", type: .tensor(.bool, ["N"])))
        let inferred = try InferTypes(inputShapes: ["x": [3, 4]]).infer(model)
        #expect(inferred.type(of: "y") == .tensor(.float32, [3, 2, 2]))
        #expect(inferred.type(of: "mask") == .tensor(.bool, [3]))
    }

    @Test("a given shape that doesn't fit is an error")
    func inputShapeMismatch() throws {
        let error = #expect(throws: HingeError.self) {
            try InferTypes(inputShapes: ["x": [3, 5]]).infer(model())
        }
        #expect(error?.description == "value 'x': expected shape [N, 4], found [3, 5]")
        let unknown = #expect(throws: HingeError.self) {
            try InferTypes(inputShapes: ["z": [3, 5]]).infer(model())
        }
        #expect(
            unknown?.description == "expected one of the inputs 'x', found a shape for 'z'")
    }

    @Test("unknown operators leave their outputs as the file states them, or throw")
    func unknown() throws {
        var model = try model()
        model.opsetImports.append(OpsetImport(domain: "com.example", version: 1))
        model.graph.nodes[0].type = "Strange"
        model.graph.nodes[0].domain = "com.example"
        model.graph.valueInfos = [ValueInfo(name: "relu", type: .tensor(.float16, ["N", 4]))]
        let inferred = try InferTypes().infer(model)
        #expect(inferred.type(of: "y") == .tensor(.float16, ["N", 2, 2]))
        let error = #expect(throws: HingeError.self) {
            try InferTypes(isStrict: true).infer(model)
        }
        #expect(
            error?.description
                == "node 'relu' (com.example.Strange): the operator com.example.Strange is not supported"
        )
    }

    @Test("what doesn't fit is an error with the node as its context")
    func mismatch() throws {
        var model = try model()
        model.graph.nodes[2].inputs[0] = "nothing"
        let missing = #expect(throws: HingeError.self) { try InferTypes().infer(model) }
        #expect(
            missing?.description
                == "node 'reshaped' (Reshape): the value 'nothing' is not an input, "
                + "an initializer or the output of an earlier node")
        model = try self.model()
        model.graph.initializers[1] = NamedTensor(name: "b", Tensor([Int64](arrayLiteral: 1, 1)))
        let error = #expect(throws: HingeError.self) { try InferTypes().infer(model) }
        #expect(
            error?.description == "node 'shape' (Add): shapes [3] and [2] do not broadcast")
    }

    @Test("an initializer that a caller may override is no constant", arguments: [3, 4])
    func overridable(irVersion: Int) throws {
        var model = try model()
        model.irVersion = irVersion
        model.graph.outputs[0].type = nil
        model.graph.inputs.append(ValueInfo(name: "b", type: .tensor(.int64, [3])))
        let inferred = try InferTypes().infer(model)
        #expect((inferred.constant("b") == nil) == (irVersion == 4))
        #expect(inferred.type(of: "y")?.shape?.rank == 3)
        #expect((inferred.type(of: "y")?.shape == ["N", 2, 2]) == (irVersion == 3))
    }

    @Test("as a pass, writes types into the graph")
    func record() throws {
        var model = try model()
        #expect(try InferTypes().run(&model))
        #expect(model.graph.valueInfos.map(\.name) == ["relu", "shape"])
        #expect(model.graph.valueInfos[0].type == .tensor(.float32, ["N", 4]))
        #expect(model.graph.outputs[0].type == .tensor(.float32, ["N", 2, 2]))
        #expect(try !InferTypes().run(&model))
    }
}
