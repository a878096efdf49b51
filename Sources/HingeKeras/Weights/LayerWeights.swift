import HingeGraph
import HingeHDF5
import HingeOperators

/// The variables of a layer as a file holds them, and the constants of the graph that were made
/// from them.
///
/// All calls of a layer share it.
final class LayerWeights {
    /// The layer's own variables, by name.
    let variables: [String: StoredVariable]
    /// Those of the layers inside it, by the names that it uses for them.
    let groups: [String: LayerWeights]
    /// The constants of the graph that were made from them, by name.
    var operands: [String: GraphBuilder.Operand] = [:]

    init(variables: [String: StoredVariable] = [:], groups: [String: LayerWeights] = [:]) {
        self.variables = variables
        self.groups = groups
    }
}

/// A variable in a file.
struct StoredVariable: Sendable {
    /// Where it is in the file.
    let path: String
    /// The extents.
    let shape: [Int]
    private let source: Source

    private enum Source: Sendable {
        case dataset(HDF5Dataset)
        case tensor(Tensor)
    }

    /// A variable as a dataset holds it.
    init(path: String, _ dataset: HDF5Dataset) {
        self.path = path
        shape = dataset.shape
        source = .dataset(dataset)
    }

    /// A variable that was made from others.
    init(path: String, _ tensor: Tensor) {
        self.path = path
        shape = tensor.shape
        source = .tensor(tensor)
    }

    /// The elements; those that the file doesn't give a type are of the given one.
    ///
    /// - Throws: ``HingeError`` when they can't be read.
    func tensor(_ type: DataType) throws -> Tensor {
        switch source {
        case .tensor(let tensor): return tensor
        case .dataset(let dataset):
            if case .opaque(let byteCount, let tag) = dataset.elementType, tag.isEmpty,
                dataset.attribute("dtype") == nil, byteCount * 8 == type.bitWidth
            {
                return try dataset.tensor(as: type)
            }
            return try dataset.tensor()
        }
    }
}
