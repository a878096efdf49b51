import Foundation
import Testing

@testable import Hinge
@testable import HingeHDF5

@Suite("Weights as plain HDF5 datasets")
struct HDF5WeightsTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "hinge-weights-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func model(_ weights: [(String, Tensor)], nodes: [Node] = []) -> Model {
        Model(
            graph: Graph(
                name: "g",
                nodes: nodes + [Node("Identity", inputs: ["x"], outputs: ["y"])],
                inputs: [ValueInfo(name: "x", type: nil)],
                outputs: [ValueInfo(name: "y", type: nil)],
                initializers: weights.map { NamedTensor(name: $0.0, $0.1) }),
            opsetImports: [OpsetImport(version: 21)])
    }

    private func floats(_ count: Int) -> Tensor {
        Tensor((0..<count).map { Float($0) }, shape: [count])
    }

    /// A tensor of six elements, all different where the type allows.
    private func tensor(_ type: DataType) throws -> Tensor {
        if type == .string {
            return try Tensor(
                strings: ["", "a", "größer", ByteString(bytes: [0xFF, 0xFE]), "x", "y"],
                shape: [2, 3])
        }
        var tensor = try Tensor(zeros: type, shape: [2, 3])
        try tensor.withUnsafeMutableBytes { bytes in
            for index in bytes.indices {
                bytes[index] =
                    type == .bool ? UInt8(index & 1) : UInt8(truncatingIfNeeded: index &* 89 &+ 7)
            }
            // Bits beyond the last element are no part of a packed tensor.
            let used = (6 * type.bitWidth - 1) % 8 + 1
            if type.isPacked { bytes[bytes.count - 1] &= UInt8(0xFF) >> UInt8(8 - used) }
        }
        return tensor
    }

    @Test("Every type and every name comes back, bit by bit and in order")
    func everything() throws {
        let names = [
            "a", "a/b", "a/b/c", "a/b", "/a", "/", "//", "", ".", "..", "a/./b", "a/../b", "a//b",
            "a/", "layer.0.weight", "größe/ß", "e\u{301}", "\u{E9}", "x y", "a_1",
            "vars/0", "layers/0/kernel", "model_weights/w", String(repeating: "d/", count: 80),
            String(repeating: "n", count: 5000),
        ]
        var weights = try DataType.allCases.map { ("type/\($0)", try tensor($0)) }
        weights += try DataType.allCases.map {
            ("scalar/\($0)", try Tensor(zeros: $0, shape: []))
        }
        weights += try DataType.allCases.map {
            ("empty/\($0)", try Tensor(zeros: $0, shape: [0, 4]))
        }
        weights += names.enumerated().map { ($1, floats($0)) }
        let model = model(weights)
        try inFolder { folder in
            let path = "\(folder)/w.hdf5"
            try model.write(toFile: path)
            let format = try ModelFormats.standard.format(of: ModelSource(path: path))
            #expect(format is HDF5WeightsFormat)
            let again = try Model(contentsOfFile: path)
            #expect(again.isWeightsOnly)
            #expect(again.graph.initializers == model.graph.initializers)
            let options = ReadOptions(architecturePath: "\(folder)/m.onnx")
            try model.write(toFile: "\(folder)/m.onnx")
            let whole = try Model(contentsOfFile: path, options: options)
            #expect(try WeightProof.count(whole, equalTo: model) == weights.count)
            try again.write(toFile: "\(folder)/again.hdf5")
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: path))
                    == Data(contentsOf: URL(fileURLWithPath: "\(folder)/again.hdf5")))
        }
    }

    @Test("A path is the name where it can be")
    func paths() {
        #expect(
            HDF5WeightPaths.paths(of: ["a", "a/b", "a/b", "/a/b", "x.y", "/", "a_1", "", "p//q"])
                == ["a_1", "a/b", "a/b_1", "a/b_2", "x.y", "_/_", "a_1_1", "__1", "p/_/q"])
    }

    @Test("Constants of nodes are weights too, those inside of bodies included")
    func constants() throws {
        func constant(_ name: String, _ tensor: Tensor) -> Node {
            Node("Constant", inputs: [], outputs: [name], attributes: [.tensor("value", tensor)])
        }
        func body(_ tensor: Tensor) -> Attribute.Value {
            .graph(
                Graph(
                    name: "b", nodes: [constant("inner", tensor)],
                    outputs: [ValueInfo(name: "inner", type: nil)]))
        }
        let branch = Node(
            "If", inputs: ["c"], outputs: ["z"],
            attributes: [
                Attribute("then_branch", body(floats(3))),
                Attribute("else_branch", body(floats(4))),
            ])
        let whole = model([("w", floats(2))], nodes: [constant("k", floats(5)), branch])
        try inFolder { folder in
            try whole.write(toFile: "\(folder)/m.onnx")
            try whole.write(toFile: "\(folder)/w.hdf5")
            let options = ReadOptions(architecturePath: "\(folder)/m.onnx")
            let again = try Model(contentsOfFile: "\(folder)/w.hdf5", options: options)
            #expect(again.graph == (try Model(contentsOfFile: "\(folder)/m.onnx").graph))
            let plain = try Model(contentsOfFile: "\(folder)/w.hdf5").graph.initializers
            #expect(plain.map(\.name) == ["w", "k", "inner", "inner"])
            #expect(plain.map(\.tensor.count) == [2, 5, 3, 4])
        }
    }

    /// Writes an HDF5 file of another tool, and reads it into a model.
    private func read(_ datasets: [(String, Tensor)], into model: Model) throws -> Model {
        var result: Model?
        try inFolder { folder in
            try HDF5Archive(tensors: datasets.map { (path: $0.0, tensor: $0.1) })
                .write(toPath: "\(folder)/w.h5")
            try model.write(toFile: "\(folder)/m.onnx")
            let options = ReadOptions(architecturePath: "\(folder)/m.onnx")
            do {
                result = try Model(contentsOfFile: "\(folder)/w.h5", options: options)
            } catch var error as HingeError {
                error.context.removeFirst()
                throw error
            }
        }
        return try #require(result)
    }

    @Test(
        "Other tools' files are read where the names mean the same",
        arguments: [
            ["net.0.weight", "net.0.bias"], ["net/0/weight", "net/0/bias"],
            ["net/0/weight:0", "net/0/bias:0"], ["layers/0/w", "layers/0/b"],
        ])
    func foreign(_ paths: [String]) throws {
        let names =
            paths[0].hasPrefix("layers")
            ? ["layers.0.w", "layers.0.b"]
            : ["net.0.weight", "net.0.bias"]
        let model = model([(names[0], floats(2)), (names[1], floats(3))])
        let new = [Tensor([5, 6] as [Float]), Tensor([7, 8, 9] as [Float])]
        let result = try read([(paths[1], new[1]), (paths[0], new[0])], into: model)
        #expect(result.graph.initializers.map(\.tensor) == new)
        #expect(result.graph.nodes == model.graph.nodes)
    }

    /// Datasets that do not fit a model with weights `a` of two elements and `b` of three.
    static let misfitCases: [(datasets: [String: Int], message: String)] = [
        (["a": 2], "the file lacks the model's 'b'"),
        (["a": 2, "b": 3, "c": 1], "the model has no 'c', which the file has"),
        (
            ["a": 2, "c": 3],
            "the file lacks the model's 'b'; the model has no 'c', which the file has"
        ),
        (["a": 2, "b": 2], "tensor 'b': expected float32[3], found float32[2] at 'b'"),
        (
            ["p": 1, "q": 1, "r": 1, "s": 1, "t": 1],
            "the file lacks the model's 'a', 'b'; the model has no 'p', 'q', 'r' and 2 more, which "
                + "the file has"
        ),
    ]

    @Test("What doesn't fit is named", arguments: misfitCases.indices)
    func misfits(index: Int) throws {
        let (datasets, message) = Self.misfitCases[index]
        let error = #expect(throws: HingeError.self) {
            try read(
                datasets.map { ($0.key, floats($0.value)) },
                into: model([("a", floats(2)), ("b", floats(3))]))
        }
        #expect(error?.description == message)
        #expect(error?.code == .mismatch)
    }

    @Test("Two datasets that a name could mean are no answer")
    func ambiguous() throws {
        let error = #expect(throws: HingeError.self) {
            try read([("w/0", floats(1)), ("w.0", floats(1))], into: model([("/w.0", floats(1))]))
        }
        #expect(error?.message.contains("the file lacks the model's '/w.0'") == true)
    }

    @Test("Another element type is an error, not a conversion")
    func types() throws {
        let error = #expect(throws: HingeError.self) {
            try read([("a", Tensor([1, 2] as [Double]))], into: model([("a", floats(2))]))
        }
        #expect(
            error?.description == "tensor 'a': expected float32[2], found float64[2] at 'a'")
    }

    @Test("Weights that differ are found, and so are those that don't")
    func comparison() throws {
        try inFolder { folder in
            for (name, count) in [("a", 2), ("b", 2), ("c", 3)] {
                var weights = floats(count)
                if name == "b" { weights = Tensor([0, 1.5] as [Float]) }
                try model([("w", weights)]).write(toFile: "\(folder)/\(name).hdf5")
            }
            let (a, b) = try (
                Model(contentsOfFile: "\(folder)/a.hdf5"), Model(contentsOfFile: "\(folder)/b.hdf5")
            )
            #expect(try compare(a, with: a).isEqual)
            #expect(try compare(a, with: a).outputs.map(\.name) == ["w"])
            #expect(try !compare(a, with: b).isEqual)
            let error = #expect(throws: HingeError.self) {
                try Conversion().convert("\(folder)/a.hdf5", to: "\(folder)/a.onnx")
            }
            #expect(error?.code == .noInput)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/a.onnx"))
        }
    }
}
