import HingeGraph

/// A model's weights as plain HDF5 datasets, one for each, at the path that is the weight's name.
///
/// A file that Hinge writes has:
/// - at the root, the attribute `hinge_weights_version`, 1;
/// - a dataset for each initializer and each tensor of a `Constant` node, those of the graphs inside nodes included,
///   with the attribute `index`: its place among them;
/// - where the path isn't the weight's name (which may be empty, end where the name of another goes on, or belong to
///   several), the attribute `name`.
///
/// The types that HDF5 doesn't have are named in an attribute `dtype`: integers of 2 and 4 bits are bytes, others
/// are opaque.
///
/// Any other HDF5 file without marks of Keras is read as well; its paths are the names, and where they don't match
/// those of the model, `.` and `/` are taken for the same.
///
/// The file holds no graph. Reading it takes the graph from ``ReadOptions/architecture``, a model whose weights
/// have the same names; without one, the model has weights and nothing else.
public struct HDF5WeightsFormat: ModelFormat {
    /// Creates the format.
    public init() {}

    /// The short name.
    public var identifier: String { "hdf5" }
    /// The name that people use.
    public var name: String { "HDF5 weights" }
    /// The extension, which no other format takes.
    public var fileExtensions: [String] { ["hdf5"] }

    /// Weights in every HDF5 file; Keras's own files are recognised before.
    public func content(of source: ModelSource) -> ModelContent? {
        // A zip file may hold one at an offset where a user block would end.
        guard let file = source.file, !file.has([0x50, 0x4B, 0x03, 0x04]),
            HDF5Archive.isHDF5(file.region)
        else { return nil }
        return .weights
    }

    /// Reads weights, and puts them into the model that holds the graph, if one is given.
    ///
    /// - Throws: ``HingeError`` when the file is damaged, or holds other weights than the model has.
    public func read(_ source: ModelSource, options: ReadOptions) throws -> Model {
        let weights = try HDF5Weights(HDF5Archive(file: source.requireFile()))
        guard let architecture = options.architecture else { return weights.model }
        var model = try architecture.model()
        try weights.replaceWeights(of: &model)
        return model
    }

    /// Always weights alone.
    public func content(ofVariant variant: String?) -> ModelContent { .weights }

    /// The weights that a file has no place for.
    public func findings(
        about model: Model, variant: String?, options: WriteOptions
    ) -> [Finding] {
        model.graph.sparseInitializers.map {
            Finding(.error, "sparse-weight", Self.sparseMessage, at: [.tensor($0.name)])
        }
    }

    private static let sparseMessage = "sparse weights cannot be written as HDF5 datasets"

    /// Writes the weights.
    ///
    /// - Throws: ``HingeError`` when the file can't be written, or has no place for one of the weights.
    public func write(
        _ model: Model, to destination: ModelDestination, options: WriteOptions
    ) throws {
        if let sparse = model.graph.sparseInitializers.first {
            throw HingeError(.unsupported, Self.sparseMessage, at: [.tensor(sparse.name)])
        }
        try HDF5Weights.archive(model.graph.weights).write(toPath: destination.writtenPath)
    }
}
