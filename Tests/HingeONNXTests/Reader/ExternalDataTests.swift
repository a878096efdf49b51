import Foundation
import HingeGraph
import Testing

@testable import HingeONNX

/// Entries of `external_data`, and the whole error that they give.
struct ExternalReference: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let entries: [String: String]
    let error: String

    init(_ name: String, _ entries: [String: String], _ error: String) {
        testDescription = name
        self.entries = entries
        self.error = error
    }
}

@Suite("External data")
struct ExternalDataTests {
    /// A model with two floats in another file.
    private func model(_ entries: [String: String]) -> Wire {
        var tensor = Wire().int(1, 2).int(2, 1).text(8, "w").int(14, 1)
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
            tensor = tensor.message(13, Wire().text(1, key).text(2, value))
        }
        return Wire().message(7, Wire().text(2, "g").message(5, tensor))
    }

    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/model/inner", withIntermediateDirectories: true)
        let floats = [1, 2, 3, 4] as [Float]
        let bytes = floats.withUnsafeBytes { Array($0) }
        try folder.write(bytes, "outside.data")
        try folder.write(bytes, "model/weights.data")
        try folder.write(bytes, "model/inner/weights.data")
        return folder
    }

    @Test(
        "Part of a file in the folder is mapped",
        arguments: ["weights.data", "inner/weights.data", "./weights.data"])
    func reads(location: String) throws {
        let folder = try folder()
        let wire = model(["location": location, "offset": "4", "length": "8"])
        let model = try readModel(wire, folder: folder.path + "/model")
        #expect(model.graph.initializers[0].tensor == Tensor([2, 3] as [Float]))
        #expect(try encode(model).sorted() == wire.bytes.sorted())
    }

    @Test("Without a length, the size of the tensor counts")
    func withoutLength() throws {
        let folder = try folder()
        let model = try readModel(
            model(["location": "weights.data"]), folder: folder.path + "/model")
        #expect(model.graph.initializers[0].tensor == Tensor([1, 2] as [Float]))
    }

    @Test(
        "What leads out of the folder or past the file is an error",
        arguments: [
            ExternalReference(
                "a parent", ["location": "../outside.data"],
                "../outside.data: expected a path inside the model's folder"),
            ExternalReference(
                "a parent further in", ["location": "inner/../../outside.data"],
                "inner/../../outside.data: expected a path inside the model's folder"),
            ExternalReference(
                "an absolute path", ["location": "/etc/passwd"],
                "/etc/passwd: expected a path inside the model's folder"),
            ExternalReference(
                "an empty path", ["location": ""],
                ": expected a path inside the model's folder"),
            ExternalReference(
                "a link out", ["location": "link.data"],
                "link.data: expected a file inside the model's folder, found a link that "
                    + "leads out of it"),
            ExternalReference(
                "a folder behind a link", ["location": "up/outside.data"],
                "up/outside.data: expected a file inside the model's folder, found a link "
                    + "that leads out of it"),
            ExternalReference(
                "a folder", ["location": "inner"], "inner: expected a file, found a folder"),
            ExternalReference(
                "the folder", ["location": "."], ".: expected a file, found a folder"),
            ExternalReference(
                "no file", ["location": "none.data"],
                "none.data: cannot open the file: No such file or directory"),
            ExternalReference(
                "no location", ["offset": "0"],
                "expected the location of the external data, found none"),
            ExternalReference(
                "an offset past the end", ["location": "weights.data", "offset": "12"],
                "weights.data: expected 8 bytes from 12 on, found a file of 16"),
            ExternalReference(
                "an offset that overflows",
                ["location": "weights.data", "offset": "9223372036854775807"],
                "weights.data: expected 8 bytes from 9223372036854775807 on, found a file of 16"),
            ExternalReference(
                "a negative offset", ["location": "weights.data", "offset": "-4"],
                "expected a number of bytes as the external data's offset, found '-4'"),
            ExternalReference(
                "another length", ["location": "weights.data", "length": "4"],
                "expected 8 bytes of external data, found a length of 4"),
        ])
    func escapes(_ reference: ExternalReference) throws {
        let folder = try folder()
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/model/link.data", withDestinationPath: "../outside.data")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/model/up", withDestinationPath: "..")
        let error = errorText {
            _ = try readModel(model(reference.entries), folder: folder.path + "/model")
        }
        #expect(error == prefix(reference.error))
    }

    @Test("A device is not a data file")
    func device() throws {
        let folder = try folder()
        #expect(mkfifo(folder.path + "/model/pipe", 0o600) == 0)
        let error = errorText {
            _ = try readModel(model(["location": "pipe"]), folder: folder.path + "/model")
        }
        #expect(error == prefix("pipe: expected a file, found not a regular file"))
    }

    @Test("A link that stays inside the folder is followed")
    func linkInside() throws {
        let folder = try folder()
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/model/link.data", withDestinationPath: "inner/weights.data")
        let model = try readModel(model(["location": "link.data"]), folder: folder.path + "/model")
        #expect(model.graph.initializers[0].tensor == Tensor([1, 2] as [Float]))
    }

    private func prefix(_ error: String) -> String {
        let isInFile = !error.hasPrefix("expected")
        return "graph 'g' › tensor 'w'" + (isInFile ? " › " : ": ") + error
    }
}
