import Foundation
import Hinge
import HingeOperators
import Testing

/// Gradients that PyTorch's autograd recorded, `Fixtures/gradients`.
@Suite("Recorded gradients") struct RecordedGradientTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    /// The L2 norm of the difference over that of what was recorded.
    private func error(_ found: Tensor?, _ recorded: Tensor) throws -> Double {
        let found = try #require(found)
        #expect(found.shape == recorded.shape)
        let pairs = zip(try found.doubles(), try recorded.doubles())
        let (difference, norm) = pairs.reduce((0.0, 0.0)) { sums, pair in
            (sums.0 + (pair.0 - pair.1) * (pair.0 - pair.1), sums.1 + pair.1 * pair.1)
        }
        return (difference / norm).squareRoot()
    }

    /// Of a recurrent network of two layers and both directions, and of an encoder block, by the input and all weights.
    ///
    /// In double precision, but for the constants of the exporter.
    @Test(arguments: ["lstm", "transformer"], [Session.Options.Engine.reference, .fast])
    func network(_ name: String, _ engine: Session.Options.Engine) throws {
        let path = Self.folder.appendingPathComponent("gradients/\(name)").path
        let model = try Model(contentsOfFile: "\(path).onnx")
        let recorded = try ValueFile.tensors(path: "\(path).npz")
        let x = try #require(recorded["in_0"])
        let session = try Session(model, options: Session.Options(engine: engine))
        let found = try session.run([session.inputs[0].name: .tensor(x)])
        #expect(session.outputs.count >= 10)
        for (index, output) in session.outputs.enumerated() {
            let known = try #require(recorded["out_\(index)"])
            #expect(try error(found[output.name]?.tensor, known) < 1e-6, "\(output.name)")
        }
    }

    /// Of the digits network, by the image and the small weights, in single precision.
    @Test(arguments: [Session.Options.Engine.reference, .fast])
    func digits(_ engine: Session.Options.Engine) throws {
        var recorded = try ValueFile.tensors(
            path: Self.folder.appendingPathComponent("gradients/digits.npz").path)
        let image = try #require(recorded["in_0"])
        recorded["in_0"] = nil
        var model = try Model(
            contentsOfFile: Self.folder.appendingPathComponent("digits/digits-torch.onnx").path)
        let softmax = try #require(model.graph.nodes.last { $0.type == "Softmax" })
        let scores = softmax.inputs[0]
        model.graph.nodes.append(
            Node("Mul", inputs: [scores, scores], outputs: ["square"]))
        let names = recorded.keys.sorted()
        #expect(names.count >= 10)
        let gradient = try model.gradient(of: "square", withRespectTo: names)
        let session = try Session(gradient, options: Session.Options(engine: engine))
        let found = try session.run([session.inputs[0].name: .tensor(image)])
        for (name, info) in zip(names, gradient.graph.outputs) {
            let known = try #require(recorded[name])
            #expect(try error(found[info.name]?.tensor, known) < 5e-6, "\(name)")
        }
    }
}
