import Foundation
import HingeONNX
import Testing

@testable import Hinge

/// What becomes of an output whose proof fails, or can't be run.
@Suite struct ConversionTests {
    private let source = DamagedFile.root + "/digits/digits-torch.onnx"

    /// ONNX, written by somebody who gets a weight wrong.
    private struct WrongFormat: ModelFormat {
        let identifier = "wrong"
        let name = "Wrong"
        let fileExtensions = ["onnx"]
        /// What is written is no model at all.
        var isUnreadable = false

        var optionTypes: [any FormatOptions.Type] { ONNXFormat().optionTypes }

        func content(of source: ModelSource) -> ModelContent? { ONNXFormat().content(of: source) }

        func read(_ source: ModelSource, options: ReadOptions) throws -> Model {
            try ONNXFormat().read(source, options: options)
        }

        func write(
            _ model: Model, to destination: ModelDestination, options: WriteOptions
        ) throws {
            guard !isUnreadable else {
                return try destination.write([1, 2, 3])
            }
            var model = model
            let last =
                model.graph.initializers.indices.filter {
                    model.graph.initializers[$0].tensor.dataType == .float32
                }.last ?? 0
            try model.graph.initializers[last].tensor.withUnsafeMutableBytes { bytes in
                for index in bytes.indices { bytes[index] = index % 4 == 3 ? 0x40 : 0 }
            }
            try ONNXFormat().write(model, to: destination, options: options)
        }
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "hinge-conversion-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    /// A conversion by somebody who writes something else.
    private func wrong(isUnreadable: Bool = false) -> Conversion {
        var conversion = Conversion()
        conversion.formats = ModelFormats([WrongFormat(isUnreadable: isUnreadable)])
        return conversion
    }

    @Test(arguments: [false, true])
    func aWrongFileIsNotLeftBehind(externalData: Bool) throws {
        try inFolder { folder in
            let output = "\(folder)/x.onnx"
            var conversion = wrong()
            conversion.writeOptions[ONNXOptions.self].externalData = externalData
            guard case .failed(let report) = try conversion.convert(source, to: output) else {
                Issue.record("expected a proof that fails")
                return
            }
            #expect(!report.isEqual)
            let left = try names(folder)
            #expect(left.isEmpty)
            try Data("old".utf8).write(to: URL(fileURLWithPath: output))
            _ = try conversion.convert(source, to: output)
            #expect(try Data(contentsOf: URL(fileURLWithPath: output)) == Data("old".utf8))
            #expect(try names(folder) == ["x.onnx"])
        }
    }

    @Test func aWrongFileIsKeptWhenAskedFor() throws {
        try inFolder { folder in
            var conversion = wrong()
            conversion.keepsFailed = true
            conversion.writeOptions[ONNXOptions.self].externalData = true
            let outcome = try conversion.convert(source, to: "\(folder)/x.onnx")
            guard case .failed = outcome else {
                Issue.record("expected a proof that fails")
                return
            }
            #expect(try names(folder) == ["x.onnx", "x.onnx.data"])
            _ = try Model(contentsOfFile: "\(folder)/x.onnx")
        }
    }

    @Test func aFileThatCannotBeReadAgainIsABug() throws {
        try inFolder { folder in
            let output = "\(folder)/x.onnx"
            let error = #expect(throws: HingeError.self) {
                try wrong(isUnreadable: true).convert(source, to: output)
            }
            #expect(error?.code == .internalError)
            let message = error?.description ?? ""
            #expect(message.hasPrefix("\(output): what was written cannot be read again: "))
            let left = try names(folder)
            #expect(left.isEmpty)
        }
    }

    @Test func whatCannotRunIsWrittenAndSaidToBeUnproved() throws {
        try inFolder { folder in
            let (input, output) = ("\(folder)/x.onnx", "\(folder)/y.onnx")
            let graph = Graph(
                name: "g",
                nodes: [Node("Mystery", domain: "example", inputs: ["x"], outputs: ["y"])],
                inputs: [ValueInfo(name: "x", type: .tensor(.float32, Shape([.known(2)])))],
                outputs: [ValueInfo(name: "y", type: nil)])
            try Model(
                graph: graph,
                opsetImports: [
                    OpsetImport(version: 17), OpsetImport(domain: "example", version: 1),
                ]
            ).write(toFile: input)
            let outcome = try Conversion().convert(input, to: output)
            guard case .notProved(let reason) = outcome else {
                Issue.record("expected that nothing is proved, found \(outcome)")
                return
            }
            #expect(reason.context.first == .file(input))
            #expect(try names(folder) == ["x.onnx", "y.onnx"])
        }
    }

    @Test func theInputMayBeTheOutput() throws {
        try inFolder { folder in
            let path = "\(folder)/x.onnx"
            var conversion = Conversion()
            conversion.writeOptions[ONNXOptions.self].externalData = true
            for _ in 0..<3 {
                _ = try conversion.convert(
                    FileManager.default.fileExists(atPath: path) ? path : source, to: path)
            }
            #expect(try names(folder) == ["x.onnx", "x.onnx.data"])
            conversion.writeOptions[ONNXOptions.self].externalData = false
            _ = try conversion.convert(path, to: path)
            #expect(
                try Model(contentsOfFile: path).graph.initializers.map(\.tensor)
                    == Model(contentsOfFile: source).graph.initializers.map(\.tensor))
        }
    }
}
