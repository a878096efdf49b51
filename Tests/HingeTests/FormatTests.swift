import Foundation
import HingeOperators
import Testing

@testable import Hinge

/// What formats say of sources, models and options.
@Suite struct FormatTests {
    private static let fixtures = DamagedFile.root

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "hinge-format-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    /// The wave of the places where `x` isn't zero, twice: two operators that Keras doesn't have, one after the other.
    private func hard() throws -> Model {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", 3])
        let first = try graph.append(NonZero(), x, name: "first")
        let wave = try graph.append(Cast(to: .float32), first, name: "float")
        let second = try graph.append(NonZero(), wave, name: "second")
        graph.output(second, "y")
        graph.output(try graph.append(Relu(), x, name: "fine"), "z")
        return graph.model()
    }

    @Test func findingsNameAllThatKerasCannotExpress() throws {
        let model = try hard()
        let findings = try model.findings(for: "keras")
        #expect(
            findings.map(\.description) == [
                "node 'second' (NonZero): the operator can't be expressed in Keras "
                    + "[keras-expression]",
                "node 'first' (NonZero): the operator can't be expressed in Keras "
                    + "[keras-expression]",
            ])
        try inFolder { folder in
            let path = "\(folder)/m.keras"
            let error = #expect(throws: HingeError.self) { try model.write(toFile: path) }
            #expect(
                error?.description
                    == "\(path) › node 'second' (NonZero): the operator can't be expressed in Keras"
            )
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
        #expect(try model.findings(for: "onnx").isEmpty)
        #expect(try model.findings(for: "hdf5").isEmpty)
    }

    @Test func findingsOfAnOpsetThatCannotExpressTheModel() throws {
        let model = try hard()
        let options = WriteOptions(ONNXOptions(opset: 1))
        #expect(throws: HingeError.self) {
            try model.write(toFile: "/nowhere/m.onnx", options: options)
        }
        let findings = try model.findings(for: "onnx", options: options)
        #expect(findings.map(\.severity) == [.error, .error])
        #expect(
            findings.map(\.description) == [
                "node 'first' (NonZero): NonZero needs opset 9, not 1 [opset]",
                "node 'second' (NonZero): NonZero needs opset 9, not 1 [opset]",
            ])
    }

    @Test func optionsOfAnotherFormatAreRefused() throws {
        let model = try hard()
        try inFolder { folder in
            let path = "\(folder)/m.hdf5"
            let error = #expect(throws: HingeError.self) {
                try model.write(
                    toFile: path,
                    options: WriteOptions(ONNXOptions(opset: nil, externalData: true)))
            }
            #expect(
                error?.description == "\(path): the options of ONNX mean nothing to HDF5 weights")
            #expect(error?.code == .usage)
            // Options that ask for nothing are nobody's.
            try model.write(toFile: path, options: WriteOptions(ONNXOptions()))
        }
    }

    @Test func aFolderIsReadAsTheFileThatWasUnpacked() throws {
        let folder = Self.fixtures + "/keras/k315_shard.dir"
        let model = try Model(contentsOfFile: folder)
        let file = try Model(contentsOfFile: "\(folder)/config.json")
        #expect(model.graph == file.graph)
        #expect(model.graph.nodes.count > 1)
        #expect(try ModelFormats.standard.format(of: ModelSource(path: folder)).name == "Keras")
        try inFolder { output in
            let outcome = try Conversion().convert(folder, to: "\(output)/m.onnx")
            #expect(outcome.report?.isEqual == true)
        }
    }

    @Test func aFolderGivesNothingOutsideOfIt() throws {
        try inFolder { folder in
            let inner = "\(folder)/inner"
            let manager = FileManager.default
            try manager.createDirectory(
                atPath: "\(inner)/deep", withIntermediateDirectories: true)
            for path in ["\(folder)/secret", "\(inner)/a", "\(inner)/deep/b"] {
                try Data("x".utf8).write(to: URL(fileURLWithPath: path))
            }
            try manager.createSymbolicLink(
                atPath: "\(inner)/link", withDestinationPath: "../secret")
            try manager.createSymbolicLink(atPath: "\(inner)/own", withDestinationPath: "deep/b")
            let source = try ModelSource(path: inner)
            guard case .folder(let opened) = source else {
                Issue.record("expected a folder")
                return
            }
            #expect(try opened.names() == ["a", "deep", "link", "own"])
            for name in ["a", "deep/b", "own", "./a"] {
                #expect(opened.has(name))
                #expect(try opened.file(name).byteCount == 1)
            }
            for (name, message) in [
                ("../secret", "expected a path inside the model's folder"),
                ("\(folder)/secret", "expected a path inside the model's folder"),
                ("", "expected a path inside the model's folder"),
                ("a\0", "expected a path inside the model's folder"),
                (
                    "link",
                    "expected a file inside the model's folder, found a link that leads out of it"
                ),
                ("none", "cannot open the file: No such file or directory"),
                ("deep", "expected a file, found a folder"),
            ] {
                let error = #expect(throws: HingeError.self) { try opened.file(name) }
                #expect(error?.description == message)
            }
            #expect(!opened.has("link"))
            #expect(!opened.has("none"))
        }
    }

    @Test func tensorsAreViewsOfAFile() throws {
        try inFolder { folder in
            let path = "\(folder)/f"
            try ModelDestination(path: path).write([9, 1, 0, 2, 0, 3, 0])
            let file = try MappedFile(path: path)
            #expect(try file.tensor(.int16, [3], at: 1).array(of: Int16.self) == [1, 2, 3])
            let error = #expect(throws: HingeError.self) { try file.tensor(.int16, [2, 2], at: 0) }
            #expect(error?.description == "expected 8 bytes from 0 on, found a file of 7")
            #expect(throws: HingeError.self) { try file.tensor(.int8, [1], at: 7) }
            #expect(throws: HingeError.self) { try file.tensor(.int8, [1], at: -1) }
            #expect(throws: HingeError.self) { try file.tensor(.string, [1], at: 0) }
        }
    }
}
