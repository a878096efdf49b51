import HingeGraph
import HingeOperators
import HingeRuntime
import HingeTransforms
import Testing

/// Passes on real models: they compute the same afterwards, by the reference engine.
@Suite("Passes on real models")
struct FixturePassesTests {
    /// Sums in another order, and weights that were scaled and rounded once more.
    static let tolerance = 1e-5

    /// The versions that can't express what a model computes.
    static let refused: [String: Set<Int>] = [
        "onnx/torch-mathematics": [9], "onnx/torch-series": [9], "onnx/torch-series-opset13": [9],
        "onnx/torch-unet": [9], "onnx/ort-int8": [9], "onnx/onnx-sequences": [9],
    ]

    @Test("Simplify", arguments: PassHarness.fixtures, [false, true])
    func simplify(path: String, raisesOpset: Bool) throws {
        let model = try PassHarness.fixture("\(path).onnx")
        var simple = model
        if raisesOpset { _ = try ConvertOpset(to: ConvertOpset.newest).run(&simple) }
        _ = try Simplify().run(&simple)
        #expect(simple.graph.nodes.count <= model.graph.nodes.count || path.contains("functions"))
        #expect(!simple.graph.nodes.contains { $0.type == "Constant" || $0.type == "Identity" })
        #expect(try PassHarness.difference(model, simple) <= FixturePassesTests.tolerance)
        let once = simple.graph
        _ = try Simplify().run(&simple)
        #expect(simple.graph == once)
    }

    @Test("ConvertOpset, there and back", arguments: PassHarness.fixtures, [9, 13, 17, 22, 28])
    func convert(path: String, target: Int) throws {
        let model = try PassHarness.fixture("\(path).onnx")
        let source = try #require(model.opset(of: ""))
        var converted = model
        guard target != source else {
            #expect(try !ConvertOpset(to: target).run(&converted))
            return
        }
        do {
            #expect(try ConvertOpset(to: target).run(&converted))
        } catch let error as HingeError where error.code == .unsupported && target < source {
            // What an older version can't express says which version it needs.
            #expect(error.message.contains("needs opset"), "\(error)")
            #expect(FixturePassesTests.refused[path]?.contains(target) == true, "\(error)")
            return
        }
        #expect(FixturePassesTests.refused[path]?.contains(target) != true)
        #expect(try PassHarness.difference(model, converted) <= FixturePassesTests.tolerance)
        #expect(try ConvertOpset(to: source).run(&converted))
        #expect(try PassHarness.difference(model, converted) <= FixturePassesTests.tolerance)
    }

    @Test("shape arithmetic of exporters folds away once the input is known")
    func shapes() throws {
        for name in ["torch-lstm", "torch-transformer", "torch-series"] {
            var model = try PassHarness.fixture("onnx/\(name).onnx")
            var shapes: [String: Shape] = [:]
            for input in model.graph.inputs {
                let shape = try #require(input.type?.shape)
                shapes[input.name] = Shape(shape.dimensions.map { $0.extent ?? 8 })
            }
            _ = try Simplify(inputShapes: shapes).run(&model)
            let rest = Set(model.graph.nodes.map(\.type))
            #expect(rest.isDisjoint(with: ["Shape", "Unsqueeze", "ConstantOfShape"]), "\(name)")
        }
    }
}
