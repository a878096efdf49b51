import Foundation
import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms
import Testing

/// Inference on real models, against `Fixtures/onnx/types.json`: what `onnx.shape_inference` 1.23 finds.
@Suite("Types of real models")
struct FixtureTypesTests {
    static func expected() throws -> [String: [String: (type: DataType, extents: [Int?])]] {
        let url = URL(filePath: #filePath)
            .appending(path: "../../../../Fixtures/onnx/types.json").standardized
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
        let models = try #require(json as? [String: [String: [Any]]])
        return try models.mapValues { values in
            try values.mapValues { entry in
                let name = try #require(entry[0] as? String)
                let type = try #require(DataType(name: name.replacing("_", with: "")))
                let extents = try #require(entry[1] as? [Any])
                return (type, extents.map { ($0 as? NSNumber)?.intValue })
            }
        }
    }

    @Test("are at least as well known", arguments: PassHarness.fixtures)
    func types(path: String) throws {
        var model = try PassHarness.fixture("\(path).onnx")
        model.graph.valueInfos = []
        for index in model.graph.outputs.indices { model.graph.outputs[index].type = nil }
        let inferred = try InferTypes(isStrict: true).infer(model)
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let expected = try #require(FixtureTypesTests.expected()[name])
        #expect(!expected.isEmpty)
        for (value, (type, extents)) in expected.sorted(by: { $0.key < $1.key }) {
            let found = inferred.type(of: value)
            #expect(found?.dataType == type, "\(value)")
            let shape = try #require(found?.shape, "\(value)")
            #expect(shape.rank == extents.count, "\(value)")
            for (dimension, extent) in zip(shape.dimensions, extents) where extent != nil {
                #expect(dimension == extent.map { .known($0) }, "\(value): \(shape)")
            }
        }
    }

    @Test("a given input shape makes all shapes known")
    func symbols() throws {
        let model = try PassHarness.fixture("onnx/torch-unet.onnx")
        let input = try #require(model.graph.inputs.first)
        let shape = try #require(input.type?.shape)
        let given = Shape(
            shape.dimensions.enumerated().map { $1.extent ?? ($0 == 0 ? 2 : 16) })
        let inferred = try InferTypes(inputShapes: [input.name: given]).infer(model)
        for node in model.graph.nodes {
            for output in node.outputs {
                #expect(inferred.type(of: output)?.shape?.extents != nil, "\(output)")
            }
        }
    }
}
