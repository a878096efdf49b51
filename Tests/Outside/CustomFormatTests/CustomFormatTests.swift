import Foundation
import Hinge
import HingeOperators
import Testing

/// A format that a user of the library wrote: converted to and from, checked and proved as those of Hinge.
@Suite struct CustomFormatTests {
    private let formats = ModelFormats.standard.adding(AffineFormat())
    private let w = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
    private let b = Tensor([0.5, -0.5] as [Float])

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "hinge-outside-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func model() throws -> Model {
        var graph = GraphBuilder()
        let x = graph.input("image", .float32, ["N", 3])
        let y = try graph.append(Gemm(), x, graph.constant(w), graph.constant(b), name: "layer")
        graph.output(y, "y")
        return graph.model()
    }

    private func run(_ model: Model) throws -> [Float] {
        let session = try Session(model)
        let x = Tensor([1, 10, 100] as [Float], shape: [1, 3])
        let outputs = try session.run([session.inputs[0].name: .tensor(x)])
        return try #require(outputs[session.outputs[0].name]?.tensor).array(of: Float.self)
    }

    @Test func isConvertedToAndFrom() throws {
        try inFolder { folder in
            try model().write(toFile: "\(folder)/a.onnx")
            var conversion = Conversion()
            conversion.formats = formats
            for (from, to) in [
                ("a.onnx", "b.affine"), ("b.affine", "c.keras"), ("b.affine", "d.onnx"),
                ("b.affine", "e.h5"), ("b.affine", "f.affine"),
            ] {
                let outcome = try conversion.convert("\(folder)/\(from)", to: "\(folder)/\(to)")
                guard case .proved = outcome else {
                    Issue.record("expected a proof of \(to), found \(outcome)")
                    continue
                }
                let read = try Model(contentsOfFile: "\(folder)/\(to)", formats: formats)
                #expect(try run(read) == [531.5, 641.5], "\(to)")
            }
            let (b, f) = try (
                Data(contentsOf: URL(fileURLWithPath: "\(folder)/b.affine")),
                Data(contentsOf: URL(fileURLWithPath: "\(folder)/f.affine"))
            )
            #expect(b == f)
            #expect(b.count == 8 + 16 + 24 + 8)
        }
    }

    @Test func isKnownOnlyWhereItIsNamed() throws {
        try inFolder { folder in
            let path = "\(folder)/a.affine"
            let error = #expect(throws: HingeError.self) { try model().write(toFile: path) }
            #expect(error?.code == .usage)
            try model().write(to: URL(fileURLWithPath: path), formats: formats)
            #expect(throws: HingeError.self) { try Model(contentsOfFile: path) }
            let found = try formats.format(of: ModelSource(path: path))
            #expect(found.name == "Affine")
            #expect(ModelSummary(try model(), format: found).version == "version 1")
            try model().write(toFile: "\(folder)/b", format: "affine", formats: formats)
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: "\(folder)/b"))
                    == Data(contentsOf: URL(fileURLWithPath: path)))
        }
    }

    @Test func readsFolders() throws {
        try inFolder { folder in
            let values: [Float] = [1, 2, 3, 4, 5, 6, 0.5, -0.5]
            try Data("3 2\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/affine.txt"))
            try values.withUnsafeBytes { Data($0) }
                .write(to: URL(fileURLWithPath: "\(folder)/weights.bin"))
            #expect(try run(Model(contentsOfFile: folder, formats: formats)) == [531.5, 641.5])
            try Data("4 2\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/affine.txt"))
            let error = #expect(throws: HingeError.self) {
                try Model(contentsOfFile: folder, formats: formats)
            }
            #expect(
                error?.description
                    == "\(folder) › weights.bin: expected 8 bytes from 32 on, found a file of 32")
        }
    }

    @Test func hasOptionsOfItsOwn() throws {
        try inFolder { folder in
            let path = "\(folder)/a.affine"
            try model().write(toFile: path, formats: formats)
            var options = ReadOptions()
            options[AffineOptions.self].inputName = "picture"
            let read = try Model(contentsOfFile: path, formats: formats, options: options)
            #expect(read.graph.inputs.map(\.name) == ["picture"])
            let error = #expect(throws: HingeError.self) {
                try model().write(
                    toFile: path, formats: formats, options: WriteOptions(ONNXOptions(opset: 17)))
            }
            #expect(error?.description == "\(path): the options of ONNX mean nothing to Affine")
            var asked = AffineOptions()
            asked.inputName = "picture"
            #expect(throws: HingeError.self) {
                try model().write(toFile: "\(folder)/a.onnx", options: WriteOptions(asked))
            }
        }
    }

    @Test func saysWhatItCannotExpress() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", 3])
        let relu = try graph.append(Relu(), x, name: "first")
        graph.output(try graph.append(Tanh(), relu, name: "second"), "y")
        let findings = try graph.model().findings(for: "affine", formats: formats)
        #expect(
            findings.map(\.description) == [
                "node 'first' (Relu): the operator can't be expressed [affine-operator]",
                "node 'second' (Tanh): the operator can't be expressed [affine-operator]",
            ])
        let error = #expect(throws: HingeError.self) {
            try graph.model().write(toFile: "/nowhere/x.affine", formats: formats)
        }
        #expect(error?.description == "/nowhere/x.affine: expected one node, found 2")
    }

    @Test func bringsWeightsOnly() throws {
        try inFolder { folder in
            var other = try model()
            other.graph.initializers[0].tensor = Tensor(
                [Float](repeating: 0, count: 6), shape: [3, 2])
            try other.write(toFile: "\(folder)/zero.onnx")
            try model().write(toFile: "\(folder)/a.onnx")
            var conversion = Conversion()
            conversion.formats = formats
            let path = "\(folder)/w.affine-weights"
            guard
                case .identicalWeights(let count) = try conversion.convert(
                    "\(folder)/a.onnx", to: path)
            else {
                Issue.record("expected weights that are the model's, bit by bit")
                return
            }
            #expect(count == 2)
            #expect(try Model(contentsOfFile: path, formats: formats).isWeightsOnly)
            let whole = try Model(
                contentsOfFile: path, formats: formats,
                options: ReadOptions(architecturePath: "\(folder)/zero.onnx"))
            #expect(try run(whole) == [531.5, 641.5])
        }
    }

    @Test func aCutFileIsAnErrorOfTheFile() throws {
        try inFolder { folder in
            let path = "\(folder)/a.affine"
            try model().write(toFile: path, formats: formats)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for count in [8, 20, 30, whole.count - 1] {
                try whole.prefix(count).write(to: URL(fileURLWithPath: path))
                let error = #expect(throws: HingeError.self) {
                    try Model(contentsOfFile: path, formats: formats)
                }
                #expect(error?.context == [.file(path)])
                #expect(error?.code == .badData)
            }
        }
    }
}
