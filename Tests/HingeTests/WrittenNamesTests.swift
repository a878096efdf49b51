import Foundation
import Hinge
import Testing

/// What is written as ONNX has one node, and one value, of each name: ONNX Runtime refuses anything else.
@Suite("Names in what is written")
struct WrittenNamesTests {
    static let fixtures = #filePath.components(separatedBy: "/Tests/")[0] + "/Fixtures"

    /// Keras files in which transpositions stand beside layers, layers share names with what they hold, and outputs
    /// are inputs.
    static let files = [
        "cases/input-as-output.keras", "cases/names-batchnorm.keras",
        "cases/names-upsampling.keras", "keras/k315_cfirst.keras", "keras/k315_conv1d.keras",
        "keras/k315_convlstm.keras", "keras/k315_dictio.keras", "keras/k315_func.keras",
        "keras/k315_norm.keras", "keras/k315_pool.h5", "keras/k315t_attn.keras",
        "keras/k215_layers.h5", "keras/k315tf_bicubic.keras",
    ]

    private func converted(_ file: String, opset: Int? = nil) throws -> Model {
        let path = NSTemporaryDirectory() + "hinge-names-\(UUID().uuidString).onnx"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Model(contentsOfFile: "\(Self.fixtures)/\(file)")
            .write(toFile: path, options: WriteOptions(ONNXOptions(opset: opset)))
        return try Model(contentsOfFile: path)
    }

    @Test("are all different", arguments: files)
    func unique(_ file: String) throws {
        let graph = try converted(file).graph
        #expect(repeated(graph.nodes.map(\.name)) == [])
        #expect(!graph.nodes.contains { $0.name.isEmpty })
        let given = graph.nodes.flatMap(\.outputs).filter { !$0.isEmpty }
        #expect(
            repeated(graph.inputs.map(\.name) + graph.initializers.map(\.name) + given) == [])
        #expect(repeated(graph.outputs.map(\.name)) == [])
        for output in graph.outputs { #expect(given.contains(output.name), "\(output.name)") }
        #expect(!graph.nodes.contains { $0.type == "Resize" && $0[attribute: "axes"] != nil })
    }

    @Test("are all different at another opset", arguments: [13, 17, 23])
    func uniqueAtOpset(_ opset: Int) throws {
        let model = try converted("keras/k315_conv1d.keras", opset: opset)
        #expect(model.opset(of: "") == opset)
        #expect(try model.findings(for: "onnx").filter { $0.severity == .error }.map(\.text) == [])
        #expect(repeated(model.graph.nodes.map(\.name)) == [])
    }

    @Test("of layers stay with what the layer does, and transpositions are named after them")
    func layers() throws {
        let nodes = try converted("cases/names-batchnorm.keras").graph.nodes
        let main = nodes.filter { !$0.name.contains("/") }
        #expect(main.map(\.type).allSatisfy { $0 != "Transpose" })
        for node in nodes where node.type == "Transpose" {
            let layer = String(node.name.split(separator: "/")[0])
            #expect(main.contains { $0.name == layer }, "\(node.name)")
        }
    }

    @Test("An input that is an output is passed on")
    func inputAsOutput() throws {
        let graph = try converted("cases/input-as-output.keras").graph
        #expect(graph.outputs.map(\.name) == ["x_output", "d"])
        let node = graph.nodes.first { $0.outputs == ["x_output"] }
        #expect(node?.type == "Identity")
        #expect(node?.inputs == ["x"])
    }

    private func repeated(_ names: [String]) -> [String] {
        Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
    }
}
