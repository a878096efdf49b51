import HingeGraph
import HingeHDF5

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
        // A zip file may hold one at an offset where a user block would end.
        !probe.has([0x50, 0x4B, 0x03, 0x04], at: 0) && HDF5Archive.isHDF5(probe.file.region)
    }

    /// Reads weights, and puts them into the model that holds the graph, if one is given.
    ///
    /// - Throws: ``HingeError`` when the file is damaged, or holds other weights than the model has.
    public func read(_ file: MappedFile, options: ReadOptions) throws -> Model {
        let weights = try HDF5Weights(HDF5Archive(file: file))
        guard let path = options.architecturePath else { return weights.model }
        var model = try Model(contentsOfFile: path)
        try withContext(.file(path)) { try model.requireGraph() }
        try weights.replaceWeights(of: &model)
        return model
    }

    /// Writes the weights.
    ///
    /// - Throws: ``HingeError`` when the file can't be written, or has no place for one of the weights.
    public func write(_ model: Model, toPath path: String, options: WriteOptions) throws {
        guard model.graph.sparseInitializers.isEmpty else {
            throw HingeError(.unsupported, "sparse weights cannot be written as HDF5 datasets")
        }
        try HDF5Weights.archive(model.graph.weights).write(toPath: path)
    }

    /// Makes sure that a file holds the weights of a model, bit by bit.
    ///
    /// - Returns: The number of weights.
    /// - Throws: ``HingeError`` when it doesn't.
    static func expect(_ file: MappedFile, toHold model: Model) throws -> Int {
        let weights = try HDF5Weights(HDF5Archive(file: file))
        var again = model
        try weights.replaceWeights(of: &again)
        let (found, expected) = (again.graph.weights, model.graph.weights)
        for (found, expected) in zip(found, expected)
        where !found.tensor.hasSameElements(as: expected.tensor) {
            throw HingeError(
                .mismatch, "the elements differ from those of the model",
                at: [.tensor(expected.name)])
        }
        return expected.count
    }
}

extension Tensor {
    /// Whether both have the same elements, bit by bit; what lies beyond the last element of a packed tensor is no
    /// part of it, and every byte but 0 is true.
    fileprivate func hasSameElements(as other: Tensor) -> Bool {
        if self == other { return true }
        guard dataType == other.dataType, shape == other.shape, strings == nil else { return false }
        let mask = UInt8(truncatingIfNeeded: (1 << (count * dataType.bitWidth % 8)) - 1)
        return withUnsafeBytes { own in
            other.withUnsafeBytes { others in
                guard own.count == others.count, let last = own.indices.last else { return false }
                if dataType == .bool {
                    return own.elementsEqual(others) { ($0 == 0) == ($1 == 0) }
                }
                return mask != 0 && own[last] & mask == others[last] & mask
                    && own[..<last].elementsEqual(others[..<last])
            }
        }
    }
}
