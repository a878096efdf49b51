import Foundation
import HingeGraph
import HingeONNX
import HingeOperators
import HingeParity
import HingeRuntime
import Testing

/// Runs models before and after a pass and compares what they compute.
enum PassHarness {
    /// By how much sums in another order, and weights that were scaled and rounded once more, may be off.
    static let tolerance = Tolerance(relativeL2: 1e-5)

    /// The largest relative L2 error by which the outputs of two models differ on made-up inputs, both run by the
    /// reference engine.
    static func difference(_ model: Model, _ other: Model, seed: UInt64 = 1) throws -> Double {
        let comparison = ModelComparison(
            tolerance: tolerance, options: Session.Options(engine: .reference))
        let report = try comparison.compare(
            other, with: model, inputs: InputGenerator(seed: seed).inputs(for: model))
        for output in report.outputs {
            if let mismatch = output.comparison.mismatch {
                throw HingeError(.mismatch, "\(output.name): \(mismatch)")
            }
        }
        guard report.isEqual else {
            throw HingeError(.mismatch, "no finite number was compared")
        }
        return report.relativeL2
    }

    /// Seeded normally distributed numbers.
    static func random(_ shape: Int..., seed: UInt64 = 7) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return Tensor(
            (0..<shape.reduce(1, *)).map { _ in Float(generator.normal()) }, shape: shape)
    }

    /// A model of the folder of fixtures.
    static func fixture(_ path: String) throws -> Model {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Fixtures").standardized
        let file = try MappedFile(path: folder.appending(path: path).path)
        return try ONNXFormat().read(file, options: ReadOptions())
    }

    /// The fixtures that all operators are known for.
    static let fixtures = [
        "digits/digits-torch", "onnx/dynamo-mobile", "onnx/dynamo-transformer", "onnx/torch-gru",
        "onnx/torch-lstm", "onnx/torch-mathematics", "onnx/torch-mobile",
        "onnx/torch-mobile-opset11", "onnx/torch-residual", "onnx/torch-residual-opset9",
        "onnx/torch-rnn", "onnx/torch-series", "onnx/torch-series-opset13",
        "onnx/torch-transformer", "onnx/torch-unet", "onnx/torch-volume", "onnx/ort-int8",
        "onnx/onnx-functions", "onnx/onnx-external", "onnx/onnx-every-field",
        "onnx/onnx-data-types", "onnx/onnx-control-flow", "onnx/onnx-sequences",
    ]
}
