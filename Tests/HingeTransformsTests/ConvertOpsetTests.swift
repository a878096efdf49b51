import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

@testable import HingeTransforms

@Suite struct ConvertOpsetTests {
    private let reference = Session.Options(engine: .reference)

    /// Operators whose spelling changed: attributes that became inputs, new defaults, new rules.
    private func model() throws -> Model {
        var graph = GraphBuilder(opset: 21)
        let x = graph.input("x", .float32, [2, 3, 1])
        let clipped = try graph.append(
            Clip(), x, graph.constant(Tensor(scalar: -0.5 as Float)),
            graph.constant(Tensor(scalar: 0.75 as Float)), name: "clip")
        let flat = try graph.append(Squeeze(axes: [2]), clipped, name: "squeeze")
        let mean = try graph.append(
            ReduceMean(axes: [1], keepsDimensions: true), flat, name: "mean")
        let centered = try graph.append(Sub(), flat, mean, name: "centered")
        let softmax = try graph.append(Softmax(axis: -1), centered, name: "softmax")
        graph.output(try graph.append(LeakyRelu(alpha: 0.2), softmax, name: "leaky"), "y")
        return graph.model()
    }

    private func run(_ model: Model) throws -> [Float] {
        let input = Tensor([-1, 0.25, 2, 0.5, -0.25, 0] as [Float], shape: [2, 3, 1])
        let outputs = try Session(model, options: reference).run(["x": .tensor(input)])
        return try #require(outputs["y"]?.tensor).array()
    }

    @Test(arguments: [13, 11, 7, 22, 23])
    func otherVersionsComputeTheSame(_ version: Int) throws {
        let model = try model()
        var converted = model
        #expect(try ConvertOpset(to: version).run(&converted))
        #expect(converted.opset(of: "") == version)
        #expect(try run(converted) == run(model))
        #expect(try ConvertOpset(to: 21).run(&converted))
        #expect(try run(converted) == run(model))
    }

    @Test func attributesThatBecameInputsAreAttributesAgain() throws {
        var model = try model()
        _ = try ConvertOpset(to: 9).run(&model)
        let nodes = model.graph.nodes
        #expect(nodes.first { $0.type == "Clip" }?[attribute: "min"] == .float(-0.5))
        #expect(nodes.first { $0.type == "Squeeze" }?[attribute: "axes"] == .ints([2]))
        #expect(nodes.first { $0.type == "ReduceMean" }?.inputs.count == 1)
        #expect(model.irVersion == 4)
    }

    @Test func sameFormsStayToTheLastAttribute() throws {
        var node = Node("LeakyRelu", inputs: ["x"], outputs: ["y"])
        node.documentation = "kept"
        let type = ValueType.tensor(.float32, ["N"])
        var model = Model(
            graph: Graph(
                nodes: [node], inputs: [ValueInfo(name: "x", type: type)],
                outputs: [ValueInfo(name: "y", type: type)]),
            opsetImports: [OpsetImport(version: 16)])
        #expect(try ConvertOpset(to: 20).run(&model))
        #expect(model.graph.nodes == [node])
        #expect(model.irVersion == 9)
    }

    @Test func noTwoNodesHaveTheSameName() throws {
        var model = try model()
        for index in model.graph.nodes.indices { model.graph.nodes[index].name = "n" }
        _ = try ConvertOpset(to: 9).run(&model)
        let names = model.graph.nodes.map(\.name)
        #expect(names.first == "n")
        #expect(Set(names).count == names.count)
        // The bounds of Clip are attributes now.
        #expect(model.graph.initializers.isEmpty)
    }

    @Test func whatAVersionCannotExpressIsAnError() throws {
        var graph = GraphBuilder(opset: 21)
        let x = graph.input("x", .int32, [3])
        graph.output(try graph.append(Relu(), x, name: "relu"), "y")
        var model = graph.model()
        let error = #expect(throws: HingeError.self) { try ConvertOpset(to: 13).run(&model) }
        #expect(
            error?.description == "node 'relu' (Relu): Relu of int32 needs opset 14, not 13")
    }

    @Test func versionsThatDoNotExistAreRefused() throws {
        var model = try model()
        #expect(throws: HingeError.self) { try ConvertOpset(to: 0).run(&model) }
        #expect(throws: HingeError.self) { try ConvertOpset(to: 1_000).run(&model) }
    }
}
