import Foundation
import HingeArchive
import Testing

@testable import Hinge

/// Files that are no models, and what is said of them.
@Suite struct ContentGuessTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let bytes: [UInt8]
        let message: String
        var testDescription: String { message }

        init(_ bytes: [UInt8], _ message: String) {
            self.bytes = bytes
            self.message = message
        }

        init(_ text: String, _ message: String) { self.init(Array(text.utf8), message) }
    }

    static let cases = [
        Case("", "the file is empty"),
        Case(
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
            "this is a Git LFS pointer; fetch the file itself with 'git lfs pull'"),
        Case(
            "\n<!DOCTYPE html><html><body>404</body></html>",
            "an HTML page, as a download gives that needs a login or went wrong"),
        Case("<?xml version=\"1.0\"?><net/>", "an XML document"),
        Case("{\"a\": 1}", "a JSON document"),
        Case("Not found", "a text"),
        Case(
            [UInt8](repeating: 0, count: 5000),
            "it begins with 4096 zeros, as a file does whose download was broken off"),
        Case(
            [0x1C, 0, 0, 0] + Array("TFL3".utf8) + [0, 1, 2],
            "a TensorFlow Lite model, which Hinge does not read"),
        Case(
            [0x0C, 0, 0, 0, 0, 0, 0, 0] + Array("{\"a\":{\"b\":1}}".utf8),
            "weights of safetensors, which Hinge does not read"),
        Case(
            [0x80, 0x02, 0x7D],
            "a Python pickle, as PyTorch saves; export the model to ONNX with PyTorch"),
        Case([0x1F, 0x8B, 8, 0], "a compressed file; unpack it first"),
        Case([0x50, 0x4B, 3, 4, 20, 0], "a zip archive that is truncated or damaged"),
        // node { name: "input" op: "Placeholder" }
        Case(
            [0x0A, 0x14, 0x0A, 5] + Array("input".utf8) + [0x12, 0x0B] + Array("Placeholder".utf8),
            "a TensorFlow graph, which Hinge does not read; convert it with tf2onnx"),
        Case(
            [0x08, 0x01, 0x12, 0xF0, 0x0B, 0x0A, 0x89],
            "a TensorFlow SavedModel, which Hinge does not read; convert it with tf2onnx"),
        Case(
            [0xDE, 0xAD, 0xBE, 0xEF],
            "the content is of no format that Hinge reads, or the file is truncated or damaged"),
    ]

    @Test(arguments: cases)
    func saysWhatItSeemsToBe(_ example: Case) throws {
        let file = MappedFile(path: "m", region: MemoryRegion(copying: example.bytes))
        let error = #expect(throws: HingeError.self) {
            try ModelFormats.standard.format(of: .file(file))
        }
        #expect(error?.description == "not a model file: \(example.message)")
        #expect(error?.code == .badData)
    }

    @Test func archivesAreTakenByTheirMembers() throws {
        for (members, message) in [
            (
                ["x/data.pkl", "x/version"],
                "a file of PyTorch; export the model to ONNX with PyTorch"
            ),
            (["a.npy"], "NumPy arrays (.npz), not a model"),
            (["a.txt"], "a zip archive without a Keras model in it"),
        ] {
            let path = NSTemporaryDirectory() + "hinge-guess-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: path) }
            try ZipWriter.write(
                members.map { ZipWriter.Member(name: $0, text: "x") }, toPath: path)
            let error = #expect(throws: HingeError.self) { try Model(contentsOfFile: path) }
            #expect(error?.description == "\(path): not a model file: \(message)")
        }
    }

    @Test func aFolderOfTensorFlowIsNamed() throws {
        let folder = NSTemporaryDirectory() + "hinge-guess-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let plain = #expect(throws: HingeError.self) { try Model(contentsOfFile: folder) }
        #expect(
            plain?.description
                == "\(folder): expected a file, or the folder of an unpacked model, found another folder"
        )
        try Data().write(to: URL(fileURLWithPath: "\(folder)/saved_model.pb"))
        let error = #expect(throws: HingeError.self) { try Model(contentsOfFile: folder) }
        #expect(
            error?.description
                == "\(folder): a TensorFlow SavedModel, which Hinge does not read; convert it with "
                + "tf2onnx")
    }
}
