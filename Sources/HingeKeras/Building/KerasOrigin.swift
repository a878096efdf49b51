import HingeGraph

/// What a Keras file says of a model beyond its graph; the model's origin keeps it.
package struct KerasOrigin: Sendable {
    /// The model's configuration, as it stands in the file.
    package var configuration: JSONValue
    /// The version and the backend that wrote it.
    package var semantics: KerasSemantics
    /// The kind of file.
    package var kind: KerasFileKind
}

/// The call of a layer that a node was made for; the node's origin keeps it.
package struct KerasLayerOrigin: Sendable {
    /// The layer's name, those of the models around it before it.
    package var path: String
    /// The layer as it stands in the file.
    package var object: LayerObject
    /// Which call of the layer, counted from 0.
    package var call: Int
}

/// The kinds of files in which Keras keeps models.
package enum KerasFileKind: String, Sendable {
    /// One HDF5 file with the configuration and the weights.
    case legacyModel
    /// One HDF5 file with the weights, layer by layer.
    case legacyWeights
    /// One HDF5 file with the weights by the paths of attributes, `.weights.h5`.
    case weights
    /// Several such files and an index, `.weights.json`.
    case shardedWeights
    /// A zip file, `.keras`.
    case archive
    /// A folder with what would be in the zip file.
    case folder
}
