import Foundation
import Hinge
import HingeOperators

/// What a caller may ask of the affine format.
struct AffineOptions: FormatOptions {
    static let name = "Affine"

    /// The name of the input of a model that is read.
    var inputName = "x"
}

/// A format of one affine layer, `y = x · W + b`, with `x: [N, rows]`.
///
/// ```
/// "AFFINE1\n"  rows, columns: int64  W: float32[rows, columns]  b: float32[columns]    .affine
/// "AFFINEW\n"  rows, columns: int64  W: float32[rows, columns]  b: float32[columns]    .affine-weights
/// ```
///
/// Numbers are little-endian. Of a folder, `affine.txt` has rows and columns as text, and `weights.bin` the rest.
struct AffineFormat: ModelFormat {
    let identifier = "affine"
    let name = "Affine"
    let fileExtensions = ["affine-weights", "affine"]
    let optionTypes: [any FormatOptions.Type] = [AffineOptions.self]

    private static let modelMark = Array("AFFINE1\n".utf8)
    private static let weightsMark = Array("AFFINEW\n".utf8)

    func content(of source: ModelSource) -> ModelContent? {
        switch source {
        case .file(let file):
            if file.has(Self.modelMark) { return .model }
            return file.has(Self.weightsMark) ? .weights : nil
        case .folder(let folder):
            return folder.has("affine.txt") ? .model : nil
        }
    }

    func content(ofVariant variant: String?) -> ModelContent {
        variant == "affine-weights" ? .weights : .model
    }

    func version(of model: Model) -> String { "version 1" }
}

// MARK: - Reading

extension AffineFormat {
    func read(_ source: ModelSource, options: ReadOptions) throws -> Model {
        let layer = try layer(of: source)
        guard content(of: source) == .weights else {
            return try layer.model(input: options[AffineOptions.self].inputName)
        }
        guard let architecture = options.architecture else {
            return Model(
                graph: Graph(
                    initializers: [
                        NamedTensor(name: "W", layer.w), NamedTensor(name: "b", layer.b),
                    ]
                ), opsetImports: [])
        }
        var model = try architecture.model()
        let (w, b) = try Layer.names(in: model)
        for index in model.graph.initializers.indices {
            if model.graph.initializers[index].name == w {
                model.graph.initializers[index].tensor = layer.w
            }
            if model.graph.initializers[index].name == b {
                model.graph.initializers[index].tensor = layer.b
            }
        }
        return model
    }

    private func layer(of source: ModelSource) throws -> Layer {
        switch source {
        case .file(let file):
            let extents = try file.tensor(.int64, [2], at: 8).integers()
            return try Layer(file, at: 24, rows: extents[0], columns: extents[1])
        case .folder(let folder):
            let text = try folder.file("affine.txt").withUnsafeBytes {
                String(decoding: $0, as: UTF8.self)
            }
            let extents = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
            guard extents.count == 2 else {
                throw HingeError(
                    .badData, "expected two extents, found '\(text)'", at: [.path("affine.txt")])
            }
            return try withContext(.path("weights.bin")) {
                try Layer(
                    folder.file("weights.bin"), at: 0, rows: extents[0], columns: extents[1])
            }
        }
    }
}

// MARK: - Writing

extension AffineFormat {
    func findings(
        about model: Model, variant: String?, options: WriteOptions
    ) -> [Finding] {
        model.graph.nodes.filter { $0.type != "Gemm" }.map { node in
            Finding(
                .error, "affine-operator", "the operator can't be expressed",
                at: [.node(name: node.name, type: node.type)])
        }
    }

    func write(_ model: Model, to destination: ModelDestination, options: WriteOptions) throws {
        let layer = try Layer(model)
        let mark =
            content(ofVariant: destination.variant) == .weights ? Self.weightsMark : Self.modelMark
        let extents = Tensor(layer.w.shape.map { Int64($0) })
        try extents.withUnsafeBytes { extents in
            try layer.w.withUnsafeBytes { w in
                try layer.b.withUnsafeBytes { b in
                    try mark.withUnsafeBytes { try destination.write([$0, extents, w, b]) }
                }
            }
        }
    }
}

/// The weights of the layer.
struct Layer {
    /// `[rows, columns]`.
    let w: Tensor
    /// `[columns]`.
    let b: Tensor

    init(_ file: MappedFile, at offset: Int, rows: Int, columns: Int) throws {
        w = try file.tensor(.float32, [rows, columns], at: offset)
        b = try file.tensor(.float32, [columns], at: offset + w.byteCount)
    }

    /// Takes the weights of a model that is one `Gemm`.
    init(_ model: Model) throws {
        let (wName, bName) = try Layer.names(in: model)
        func tensor(_ name: String) throws -> Tensor {
            guard let found = model.graph.initializers.first(where: { $0.name == name }) else {
                throw HingeError(.unsupported, "expected a constant", at: [.value(name)])
            }
            return found.tensor
        }
        (w, b) = (try tensor(wName), try tensor(bName))
    }

    /// What the weights of a model that is one `Gemm` are called.
    static func names(in model: Model) throws -> (w: String, b: String) {
        guard let node = model.graph.nodes.first, model.graph.nodes.count == 1 else {
            throw HingeError(
                .unsupported, "expected one node, found \(model.graph.nodes.count)")
        }
        return try withContext(.node(name: node.name, type: node.type)) {
            let reader = NodeReader(node, opset: try model.operatorVersion(of: node.domain))
            guard let gemm = try model.operators.read(reader) as? Gemm, gemm == Gemm(),
                node.inputs.count == 3
            else { throw HingeError(.unsupported, "expected x · W + b") }
            return (node.inputs[1], node.inputs[2])
        }
    }

    func model(input name: String) throws -> Model {
        var graph = GraphBuilder(name: "affine")
        let x = graph.input(name, .float32, ["N", .known(w.shape[0])])
        let y = try graph.append(
            Gemm(), x, graph.constant(w, name: "W"), graph.constant(b, name: "b"), name: "affine")
        graph.output(y, "y")
        return graph.model()
    }
}
