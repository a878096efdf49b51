import Foundation
import Testing

/// Bad input gives one clear line and the right exit status, and leaves existing files alone.
@Suite struct ErrorTests {
    /// A command, what it ends with, and what it says.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let arguments: [String]
        let status: Int32
        let message: String
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "missing file", arguments: ["inspect", "missing.onnx"], status: 66,
            message: "hinge: missing.onnx: cannot open the file: No such file or directory\n"),
        Case(
            name: "folder", arguments: ["inspect", "Sources"], status: 66,
            message:
                "hinge: Sources: expected a file, or the folder of an unpacked model, found another "
                + "folder\n"),
        Case(
            name: "not a model", arguments: ["inspect", "README.md"], status: 65,
            message: "hinge: README.md: not a model file: a text\n"),
        Case(
            name: "unknown extension",
            arguments: ["convert", "Fixtures/digits/digits-torch.onnx", "/tmp/x.model"], status: 64,
            message:
                "hinge: /tmp/x.model: the file name's extension stands for no format; expected "
                + "one of .keras, .weights.h5, .h5, .hdf5, .onnx\n"),
        Case(
            name: "an option of another format",
            arguments: [
                "convert", "Fixtures/digits/digits-torch.onnx", "/tmp/x.keras", "--opset", "17",
            ],
            status: 64,
            message: "hinge: /tmp/x.keras: the options of ONNX mean nothing to Keras\n"),
        Case(
            name: "no such folder",
            arguments: [
                "convert", "Fixtures/digits/digits-torch.onnx", "/nowhere/at/all/x.onnx",
            ],
            status: 73,
            message: "hinge: /nowhere/at/all/x.onnx: cannot create the file: "
                + "No such file or directory\n"),
        Case(
            name: "unknown input",
            arguments: [
                "run", "Fixtures/digits/digits-torch.onnx", "--input",
                "picture=Fixtures/digits/digits-torch.npz",
            ],
            status: 64, message: "hinge: the model has no input 'picture'; it has 'image'\n"),
        Case(
            name: "missing input", arguments: ["run", "Fixtures/digits/digits-torch.onnx"],
            status: 65,
            message: "hinge: Fixtures/digits/digits-torch.onnx: input 'image': expected "
                + "float32[batch, 1, 8, 8], found none\n"),
        Case(
            name: "Lambda layer", arguments: ["inspect", "Fixtures/keras/k315_lambda.keras"],
            status: 65, message: "Lambda"),
    ]

    @Test(
        "A number of threads is asked for by many commands", arguments: ["run", "bench", "verify"])
    func noThreads(_ command: String) throws {
        let model = Tool.fixture("digits/digits-torch.onnx")
        let files = command == "verify" ? [model, model] : [model]
        let result = try Tool.run([command] + files + ["--threads", "0"])
        #expect(result.status == 64 && result.output.isEmpty)
        #expect(result.errors.contains("--threads must be at least 1."))
    }

    @Test(arguments: cases)
    func oneLineAndTheStatus(_ example: Case) throws {
        let result = try Tool.run(example.arguments)
        #expect(result.status == example.status)
        #expect(result.output.isEmpty)
        #expect(result.errors.split(separator: "\n").count == 1)
        if example.message.hasSuffix("\n") {
            #expect(result.errors == example.message)
        } else {
            #expect(result.errors.contains(example.message))
        }
    }

    @Test(arguments: ["x.onnx", "x.keras", "x.h5", "x.hdf5"])
    func aFailedConversionLeavesTheOldFile(_ name: String) throws {
        try Tool.withFolder { folder in
            let output = "\(folder)/\(name)"
            try Data("old".utf8).write(to: URL(fileURLWithPath: output))
            let truncated = "\(folder)/truncated.onnx"
            let model = try Data(
                contentsOf: URL(fileURLWithPath: Tool.fixture("digits/digits-torch.onnx")))
            try model.prefix(model.count / 2).write(to: URL(fileURLWithPath: truncated))
            let result = try Tool.run("convert", truncated, output)
            #expect(result.status == 65)
            #expect(try Data(contentsOf: URL(fileURLWithPath: output)) == Data("old".utf8))
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(files.sorted() == ["truncated.onnx", name].sorted())
        }
    }
}
