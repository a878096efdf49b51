import Foundation
import Testing

@Suite struct CommandTests {
    @Test(arguments: [
        "inspect", "convert", "run", "bench", "verify", "check", "test", "demo",
    ])
    func helpShowsExamples(_ command: String) throws {
        let result = try Tool.run(command, "--help")
        #expect(result.status == 0)
        #expect(result.output.contains("Examples:\n  hinge \(command)"))
    }

    @Test func inspectCountsParametersAndProducts() throws {
        let result = try Tool.run(
            "inspect", Tool.fixture("digits/digits-torch.onnx"), "--json", "--weights")
        #expect(result.status == 0)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        // 16·9 + 4·16 + (32·16·9 + 32) + 4·32 + 32 + (32·32·9 + 32) + (512·64 + 64) + (64·10 + 10)
        #expect(report["parameters"] as? Int == 47_738)
        #expect(report["format"] as? String == "ONNX")
        let inputs = report["inputs"] as? [[String: String]]
        #expect(inputs == [["name": "image", "type": "float32[batch, 1, 8, 8]"]])
        // 8·8·16·9 + 8·8·32·(16·9) + 4·4·32·(32·9) + 512·64 + 64·10
        #expect(report["multiplyAccumulates"] as? Int == 9_216 + 294_912 + 147_456 + 32_768 + 640)
        let weights = try #require(report["weights"] as? [[String: Any]])
        #expect(weights.allSatisfy { $0["nonFiniteCount"] as? Int == 0 })
    }

    @Test(arguments: [
        "digits/digits.h5", "digits/digits.keras", "digits/digits.weights.h5",
    ])
    func conversionsAreProved(_ source: String) throws {
        try Tool.withFolder { folder in
            let converted = try Tool.run("convert", Tool.fixture(source), "\(folder)/a.onnx")
            #expect(converted.status == 0, "\(converted.errors)")
            #expect(converted.output.contains("the outputs are equal"))
            let verified = try Tool.run(
                "verify", "\(folder)/a.onnx", "--recorded", Tool.fixture("digits/digits.npz"),
                "--json")
            #expect(verified.status == 0)
            let report = try #require(
                try JSONSerialization.jsonObject(with: Data(verified.output.utf8))
                    as? [String: Any])
            #expect(report["isEqual"] as? Bool == true)
            let outputs = try #require(report["outputs"] as? [[String: Any]])
            #expect(try #require(outputs[0]["relativeL2"] as? Double) < 1e-6)
            #expect(outputs[0]["count"] as? Int == 3_600)
        }
    }

    @Test func modelsThatDifferGiveStatusOne() throws {
        let result = try Tool.run(
            "verify", Tool.fixture("digits/digits.keras"),
            Tool.fixture("digits/digits-torch.onnx"), "--shape", "image=2,1,8,8")
        // The inputs have other layouts: that is an error of the data, said in one line.
        #expect(result.status == 65)
        #expect(result.errors.split(separator: "\n").count == 1)
        let recorded = try Tool.run(
            "verify", Tool.fixture("onnx/torch-lstm.onnx"), "--recorded",
            Tool.fixture("onnx/torch-lstm.npz"), "--tolerance", "0")
        // PyTorch sums in another order.
        #expect(recorded.status == 1)
        #expect(recorded.output.contains("THE OUTPUTS DIFFER"))
        let within = try Tool.run(
            "verify", Tool.fixture("onnx/torch-lstm.onnx"), "--recorded",
            Tool.fixture("onnx/torch-lstm.npz"))
        #expect(within.status == 0)
        #expect(within.output.contains("the outputs are equal"))
    }

    @Test func runWritesOutputs() throws {
        try Tool.withFolder { folder in
            let result = try Tool.run(
                "run", Tool.fixture("digits/digits-torch.onnx"), "--input",
                Tool.fixture("digits/digits-torch.npz"), "--output-dir", "\(folder)/out")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.hasPrefix("digit: float32[360, 10]"))
            #expect(result.output.contains("class "))
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/out/digit.npy"))
            #expect(data.starts(with: [0x93] + Array("NUMPY".utf8)))
            #expect(data.count == 128 + 360 * 10 * 4)
        }
    }

    @Test func runReadsJSON() throws {
        try Tool.withFolder { folder in
            let image = [[[[Double]]]](
                repeating: [[[Double]](repeating: [Double](repeating: 0.5, count: 8), count: 8)],
                count: 1)
            let data = try JSONSerialization.data(withJSONObject: image)
            try data.write(to: URL(fileURLWithPath: "\(folder)/image.json"))
            let result = try Tool.run(
                "run", Tool.fixture("digits/digits-torch.onnx"), "--input",
                "image=\(folder)/image.json")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.hasPrefix("digit: float32[1, 10]"))
        }
    }
}

@Suite struct BackendOptionTests {
    private let recorded = ["--recorded", Tool.fixture("keras/k1_seq_tf.npz")]
    private let file = Tool.fixture("keras/k1_seq_tf.h5")

    /// A guess is said on the standard error, whatever else is asked to be quiet.
    @Test func guessedBackendsAreSaid() throws {
        let result = try Tool.run(["verify", file, "--quiet"] + recorded)
        #expect(result.status == 1)
        #expect(
            result.errors
                == "hinge: warning: \(file): the file doesn't say which backend wrote it, which the "
                + "layer 'convolution2d_1' depends on; TensorFlow is assumed (for Theano, whose "
                + "kernels are mirrored: --backend theano)\n")
    }

    @Test func givenBackendsAreTaken() throws {
        let result = try Tool.run(["verify", file, "--backend", "theano"] + recorded)
        #expect(result.status == 0)
        #expect(!result.errors.contains("warning"))
    }

    @Test(arguments: ["inspect", "check"])
    func reportsHoldGuesses(_ command: String) throws {
        let result = try Tool.run([command, file, "--json"])
        #expect(result.output.contains("the file doesn't say which backend wrote it"))
        let given = try Tool.run([command, file, "--json", "--backend", "tensorflow"])
        #expect(!given.output.contains("the file doesn't say which backend wrote it"))
    }

    @Test func proofsHoldGuesses() throws {
        let output = FileManager.default.temporaryDirectory
            .appending(path: "hinge-\(UUID().uuidString).onnx")
        defer { try? FileManager.default.removeItem(at: output) }
        for arguments in [["verify", file] + recorded, ["convert", file, output.path]] {
            let result = try Tool.run(arguments + ["--json"])
            let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
            let warnings = (json as? [String: Any])?["warnings"] as? [[String: String]]
            #expect(warnings?.map(\.["file"]) == [file])
            #expect(
                warnings?.first?["message"]?.hasPrefix(
                    "the file doesn't say which backend wrote it") == true)
        }
    }

    @Test func otherBackendsAreRefused() throws {
        let result = try Tool.run(["inspect", file, "--backend", "cntk"])
        #expect(result.status == 64)
    }
}

@Suite struct CheckTargetTests {
    @Test func checkReportsWhatAFormatCannotExpress() throws {
        let file = Tool.fixture("onnx/torch-mathematics.onnx")
        let result = try Tool.run("check", file, "--to", "h5")
        #expect(result.status == 1)
        let lines = result.output.split(separator: "\n")
        #expect(lines.count > 2)
        #expect(lines.dropLast().allSatisfy { $0.hasSuffix(" [keras-expression]") })
        #expect(lines.last == "\(file): \(lines.count - 1) errors, 0 warnings")
        let none = try Tool.run("check", file, "--to", "hdf5")
        #expect(none.status == 0)
        #expect(none.output == "\(file): 0 errors, 0 warnings\n")
        let unknown = try Tool.run("check", file, "--to", "tflite")
        #expect(unknown.status == 64)
    }

    /// Where came with version 9, and the file has two.
    @Test func checkReportsEveryNodeThatAnOlderVersionLacks() throws {
        let file = Tool.fixture("onnx/torch-mathematics.onnx")
        let result = try Tool.run("check", file, "--target", "opset7", "--run")
        #expect(result.status == 1)
        let lines = result.output.split(separator: "\n")
        #expect(lines.count > 2)
        #expect(lines.dropLast().allSatisfy { $0.hasSuffix(" [opset]") })
        #expect(lines.contains { $0.contains("(Where): Where needs opset 9, not 7") })
        #expect(try Tool.run("check", file, "--opset", "7").output == result.output)
        let sound = try Tool.run("check", file, "--target", "opset 21", "--run")
        #expect(sound.status == 0)
        #expect(try Tool.run("check", file, "--target", "opset").status == 64)
    }
}
