import Foundation
import HingeTransforms
import Testing

@testable import Hinge

/// Files whose extents, axes or counts used to be believed: reading, checking, summarizing and running each ends with an
/// answer or an error, whatever the engine.
@Suite("Hostile extents")
struct HostileExtentTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/hostile/extents")

    static let files: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

    @Test func areFound() { #expect(Self.files.count == 16) }

    @Test("End with an answer or an error", arguments: files, Session.Options.Engine.allCases)
    func ends(_ file: String, _ engine: Session.Options.Engine) throws {
        let failure = HostileNodeTests.failure {
            let model = try Model(contentsOf: Self.folder.appendingPathComponent(file))
            _ = try model.findings(for: "onnx")
            _ = ModelSummary(model, format: ONNXFormat())
            let session = try Session(model, options: Session.Options(engine: engine))
            _ = try session.run(try InputGenerator().inputs(for: model))
        }
        #expect(failure == nil)
    }

    @Test(
        "Say what is wrong",
        arguments: [
            (
                "pad-slice.onnx",
                "node (Pad): output 0: shape [-3] has a negative dimension"
            ),
            (
                "output-missing.onnx",
                "node '/TopK' (Tan): expected at most 1 output, found 2"
            ),
        ])
    func say(_ file: String, _ message: String) throws {
        let model = try Model(contentsOf: Self.folder.appendingPathComponent(file))
        let error = #expect(throws: HingeError.self) {
            _ = try InferTypes().infer(model)
        }
        #expect(error?.description == message)
    }
}
