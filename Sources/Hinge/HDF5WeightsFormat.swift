import HingeGraph
import HingeHDF5

/// A model's weights as plain HDF5 datasets, one for each, at the path that is the weight's name.
///
/// The file holds no graph. Reading it takes the graph from ``ReadOptions/architecturePath``, a model file whose
/// weights have the same names; without one, the model has weights and nothing else.
public struct HDF5WeightsFormat: ModelFormat {
    /// Creates the format.
    public init() {}

    /// The short name.
    public var identifier: String { "hdf5" }
    /// The name that people use.
    public var name: String { "HDF5 weights" }
    /// The extension, which no other format takes.
    public var fileExtensions: [String] { ["hdf5"] }

    /// Whether the file is HDF5; Keras's own files are recognized before.
    public func recognizes(_ probe: FileProbe) -> Bool {
        HDF5Archive.isHDF5(probe.file.region)
    }

    /// Reads weights, and puts them into the model that holds the graph, if one is given.
    public func read(_ file: MappedFile, options: ReadOptions) throws -> Model {
        let archive = try HDF5Archive(file: file)
        var tensors: [(path: String, tensor: Tensor)] = []
        for (path, dataset) in archive.datasets {
            tensors.append((path, try withContext(.path(path)) { try dataset.tensor() }))
        }
        guard let path = options.architecturePath else {
            let initializers = tensors.map { NamedTensor(name: $0.path, $0.tensor) }
            return Model(
                graph: Graph(name: "weights", initializers: initializers), opsetImports: [])
        }
        var model = try Model(contentsOfFile: path)
        try HDF5WeightsFormat.replaceWeights(of: &model, by: tensors)
        return model
    }

    private static func replaceWeights(
        of model: inout Model, by tensors: [(path: String, tensor: Tensor)]
    ) throws {
        var found = Dictionary(
            tensors.map { (trimmed($0.path), $0.tensor) }, uniquingKeysWith: { $1 })
        for index in model.graph.initializers.indices {
            let weight = model.graph.initializers[index]
            guard let tensor = found.removeValue(forKey: path(of: weight.name)) else {
                throw HingeError(
                    .mismatch, "the file has no weight of this name", at: [.tensor(weight.name)])
            }
            guard tensor.shape == weight.tensor.shape, tensor.dataType == weight.tensor.dataType
            else {
                throw HingeError(
                    .mismatch,
                    "expected \(weight.tensor.dataType)\(weight.tensor.shape), "
                        + "found \(tensor.dataType)\(tensor.shape)",
                    at: [.tensor(weight.name)])
            }
            model.graph.initializers[index].tensor = tensor
        }
        if let extra = found.keys.sorted().first {
            throw HingeError(
                .mismatch, "the model has no weight '\(extra)' (\(found.count) in all)")
        }
    }

    /// Writes the weights.
    public func write(_ model: Model, toPath path: String, options: WriteOptions) throws {
        guard model.graph.sparseInitializers.isEmpty else {
            throw HingeError(.unsupported, "sparse weights cannot be written as HDF5 datasets")
        }
        let archive = try HDF5Archive(
            tensors: model.graph.initializers.map {
                (path: HDF5WeightsFormat.path(of: $0.name), tensor: $0.tensor)
            })
        try archive.write(toPath: path)
    }

    /// The path of a weight: its name, with empty parts and those that mean a folder spelled out.
    static func path(of name: String) -> String {
        name.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.isEmpty || part == "." || part == ".." ? "_\(part)" : String(part)
        }.joined(separator: "/")
    }

    private static func trimmed(_ path: String) -> String {
        path.hasPrefix("/") ? String(path.dropFirst()) : path
    }
}
