import Foundation
import HingeGraph
import HingeOperators
import Testing

@testable import HingeONNX

@Suite("Model files")
struct ModelFileTests {
    /// A model that does not come from ONNX: y = LeakyRelu(x + w).
    private func built(opset: Int = 17) throws -> Model {
        var graph = GraphBuilder(name: "built", opset: opset)
        let x = graph.input("x", .float32, ["N", 512])
        let w = graph.constant(
            Tensor((0..<512).map { Float($0) }, shape: [512]), name: "w")
        let small = graph.constant(Tensor([2] as [Float]), name: "small")
        let sum = try graph.append(Add(), try graph.append(Add(), x, w), small)
        let y = try graph.append(LeakyRelu(alpha: 0.1), sum)
        graph.output(y, "y")
        return graph.model()
    }

    private func read(_ path: String) throws -> Model {
        try ONNXFormat().read(MappedFile(path: path))
    }

    @Test("A model from elsewhere states a version of the format that fits its operators")
    func clean() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/m.onnx"
        for (opset, irVersion) in [(8, 4), (9, 4), (13, 7), (17, 8), (21, 10), (23, 11)] {
            var model = try built(opset: opset)
            model.producerName = ""
            try ONNXFormat().write(model, toPath: path)
            let written = try read(path)
            #expect(written.irVersion == irVersion)
            #expect(written.producerName == "hinge")
            #expect(written.graph.initializers == model.graph.initializers)
        }
    }

    @Test("The opset that is asked for is the one that is written")
    func opset() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/m.onnx"
        try ONNXFormat().write(
            built(opset: 17), toPath: path, options: WriteOptions(ONNXOptions(opset: 13)))
        let written = try read(path)
        #expect(written.opset(of: "") == 13)
        #expect(written.irVersion == 7)
    }

    @Test("The version of the format that is asked for is the one that is written")
    func irVersion() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/m.onnx"
        func write(_ model: Model, _ version: Int) throws {
            try ONNXFormat().write(
                model, toPath: path,
                options: WriteOptions(ONNXOptions(opset: nil, irVersion: version)))
        }
        try write(built(opset: 17), 7)
        #expect(try read(path).irVersion == 7)
        // What was read from a file, too; before version 4, initializers are inputs.
        var model = try read(path)
        try write(model, 3)
        #expect(try read(path).graph.inputs.map(\.name) == ["x", "w", "small"])
        #expect(ModelChecker.check(try read(path)).isEmpty)
        let future = #expect(throws: HingeError.self) { try write(model, 99) }
        #expect(
            future?.message == "expected a version of the format from 3 to 14, found 99")
        model.graph.nodes[0].metadata = ["note": "kept"]
        let error = #expect(throws: HingeError.self) { try write(model, 9) }
        #expect(error?.code == .unsupported)
        #expect(
            error?.message == "version 9 of the format can't hold metadata of graphs and nodes "
                + "(from version 10)")
    }

    @Test("Names that a file repeats stay; those that were repeated since then don't")
    func nodeNames() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/m.onnx"
        var model = try built()
        for index in model.graph.nodes.indices { model.graph.nodes[index].name = "n" }
        try ONNXFormat().write(model, toPath: path)
        var written = try read(path)
        #expect(written.graph.nodes.map(\.name) == ["n", "n/Add", "n/LeakyRelu"])
        written.graph.nodes[1].name = "n"
        try ONNXFormat().write(written, toPath: path)
        #expect(try read(path).graph.nodes.map(\.name) == ["n", "n/Add", "n/LeakyRelu"])
        // As another tool wrote it.
        try folder.write(encode(written), "m.onnx")
        let repeated = try read(path)
        #expect(repeated.graph.nodes.map(\.name) == ["n", "n", "n/LeakyRelu"])
        try ONNXFormat().write(repeated, toPath: path)
        #expect(try read(path).graph.nodes.map(\.name) == ["n", "n", "n/LeakyRelu"])
    }

    @Test("The same model gives the same bytes")
    func deterministic() throws {
        let folder = try TemporaryFolder()
        for name in ["a.onnx", "b.onnx"] {
            try ONNXFormat().write(built(), toPath: "\(folder.path)/\(name)")
        }
        #expect(try folder.read("a.onnx") == folder.read("b.onnx"))
    }

    @Test("External data holds the large tensors, each at the beginning of a block")
    func externalData() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/m.onnx"
        try ONNXFormat().write(
            built(), toPath: path,
            options: WriteOptions(ONNXOptions(opset: nil, externalData: true)))
        #expect(folder.names == ["m.onnx", "m.onnx.data"])
        #expect(try folder.read("m.onnx.data").count == 2048)
        let written = try read(path)
        #expect(
            try written.graph.initializers.map(\.tensor) == built().graph.initializers.map(\.tensor)
        )
        guard case .external(let entries) = TensorOrigin(written.graph.initializers[0].origin).form
        else {
            Issue.record("expected external data")
            return
        }
        #expect(entries == ["location": "m.onnx.data", "offset": "0", "length": "2048"])
    }

    @Test("A model whose data file is replaced stays whole until the new one is")
    func replacesExternalData() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/m.onnx"
        let options = WriteOptions(ONNXOptions(opset: nil, externalData: true))
        try ONNXFormat().write(built(), toPath: path, options: options)
        let first = try read(path)
        try ONNXFormat().write(first, toPath: path, options: options)
        #expect(folder.names == ["m.onnx", "m.onnx.1.data"])
        try ONNXFormat().write(read(path), toPath: path, options: options)
        #expect(folder.names == ["m.onnx", "m.onnx.data"])
        #expect(try read(path).graph.initializers == first.graph.initializers)
    }

    @Test("A model that is too large for one message gets external data unasked")
    func tooLarge() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/m.onnx"
        try ModelFile.write(
            built(), to: ModelDestination(path: path), externalData: false, maximumByteCount: 2000)
        #expect(folder.names == ["m.onnx", "m.onnx.data"])
        #expect(
            errorText {
                try ModelFile.write(
                    built(), to: ModelDestination(path: path), externalData: false,
                    maximumByteCount: 100)
            }?.hasSuffix("bytes without its weights; at most 100 fit a message") == true)
        #expect(folder.names == ["m.onnx", "m.onnx.data"])
    }

    @Test("Text with a NUL, which would be cut off there, is not written")
    func textWithNUL() throws {
        var model = try built()
        model.graph.nodes[0].name = "a\0b"
        #expect(errorText { _ = try encode(model) } == #"the text "a\0b" has a NUL character"#)
    }

    @Test("Without external data, what was external comes into the file")
    func inlines() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/m.onnx"
        try ONNXFormat().write(
            built(), toPath: path,
            options: WriteOptions(ONNXOptions(opset: nil, externalData: true)))
        try ONNXFormat().write(read(path), toPath: folder.path + "/one.onnx")
        try FileManager.default.removeItem(atPath: folder.path + "/m.onnx.data")
        let written = try read(folder.path + "/one.onnx")
        #expect(
            try written.graph.initializers.map(\.tensor) == built().graph.initializers.map(\.tensor)
        )
    }

    @Test("A write that fails leaves the old files as they were")
    func failure() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/m.onnx"
        try ONNXFormat().write(
            built(), toPath: path,
            options: WriteOptions(ONNXOptions(opset: nil, externalData: true)))
        let before = try (folder.read("m.onnx"), folder.read("m.onnx.data"))
        var graph = Graph(name: "leaf")
        for _ in 0..<101 {
            graph = Graph(
                name: "g",
                nodes: [Node("If", inputs: ["c"], outputs: ["y"], attributes: [.graph("b", graph)])]
            )
        }
        let deep = Model(graph: graph, opsetImports: [OpsetImport(version: 17)])
        for externalData in [false, true] {
            let error = errorText {
                try ONNXFormat().write(
                    deep, toPath: path,
                    options: WriteOptions(ONNXOptions(opset: nil, externalData: externalData)))
            }
            #expect(error?.hasSuffix("graphs are nested deeper than 100 levels") == true)
        }
        let missing = folder.path + "/none/m.onnx"
        #expect(
            errorText { try ONNXFormat().write(built(), toPath: missing) }
                == "\(missing): cannot create the file: No such file or directory")
        #expect(folder.names == ["m.onnx", "m.onnx.data"])
        #expect(try (folder.read("m.onnx"), folder.read("m.onnx.data")) == before)
    }

    @Test("A graph that could not be read again is not written")
    func tooDeepToRead() throws {
        var graph = Graph(name: "leaf")
        for _ in 0..<40 {
            graph = Graph(
                name: "g",
                nodes: [Node("If", inputs: ["c"], outputs: ["y"], attributes: [.graph("b", graph)])]
            )
        }
        let deep = Model(graph: graph, opsetImports: [OpsetImport(version: 17)])
        let error = errorText { _ = try encode(deep) }
        #expect(error?.hasSuffix("messages are nested deeper than 100 levels") == true)
    }

    @Test("Models are known by their content", arguments: Fixtures.models)
    func recognizes(name: String) throws {
        #expect((ONNXFormat().content(of: .file(try Fixtures.file(name))) == .model))
    }

    @Test(
        "Other files are not taken for models",
        arguments: ["README.md", "digits/digits.h5", "digits/digits.keras", "digits/digits.npz"])
    func recognizesNoOther(name: String) throws {
        #expect(!(ONNXFormat().content(of: .file(try Fixtures.file(name))) == .model))
    }

    @Test("A message without a graph is no model")
    func withoutGraph() throws {
        let folder = try TemporaryFolder()
        for bytes in [[], Wire().int(1, 8).bytes] {
            try folder.write(bytes, "m.onnx")
            #expect(
                errorText { _ = try read(folder.path + "/m.onnx") }
                    == "expected a model, found a message without a graph")
        }
    }
}
