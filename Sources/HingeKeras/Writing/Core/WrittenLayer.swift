import HingeGraph
import HingeOperators

/// An output of a layer of a model that is being written.
struct KerasTensor: Sendable, Hashable {
    /// The layer, as an index into the layers made so far.
    var layer: Int
    /// Which of the layer's outputs.
    var output: Int
    /// The element type.
    var type: DataType
    /// The shape, the batch included.
    var shape: Shape

    /// The number of dimensions.
    var rank: Int { shape.rank }
}

/// The element type and the shape of an output that is to be made.
struct OutputType: Sendable {
    /// The element type.
    var type: DataType
    /// The shape, the batch included.
    var shape: Shape

    /// Creates a type.
    init(_ type: DataType, _ shape: Shape) {
        self.type = type
        self.shape = shape
    }
}

/// The weights of a layer that is being written: its own by name, and those of the layers inside it.
struct WrittenWeights: Sendable {
    /// The layer's own variables.
    var own: [String: Tensor]
    /// Those of the layers inside, by the names that the layer uses for them.
    var groups: [String: WrittenWeights]

    /// Creates weights.
    init(_ own: [String: Tensor] = [:], groups: [String: WrittenWeights] = [:]) {
        self.own = own
        self.groups = groups
    }

    /// The weights in the type that the layer computes in, which Keras keeps them in.
    func cast(to type: DataType) throws -> WrittenWeights {
        WrittenWeights(
            try own.mapValues { $0.dataType.isFloatingPoint ? try $0.cast(to: type) : $0 },
            groups: try groups.mapValues { try $0.cast(to: type) })
    }
}

/// A layer or operation of a model that is being written, and its one call.
struct WrittenLayer: Sendable {
    /// What a layer is.
    enum Kind: Sendable {
        /// A layer of Keras, which computes in a floating-point type.
        case layer(any KerasLayer, computesIn: DataType)
        /// An operation of `keras.ops`, which only Keras 3 records in a model.
        case operation(OperationClass, config: JSONObject)
    }

    /// The name, unique within the model.
    var name: String
    /// What it is.
    var kind: Kind
    /// The arguments of the call.
    var arguments: CallArguments<KerasTensor>
    /// The types of what the call gives.
    var outputs: [OutputType]
    /// The weights.
    var weights = WrittenWeights()
}

/// A class of the operations that Keras 3 records as nodes of a model.
struct OperationClass: Sendable, Hashable {
    /// The last part of the module `keras.src.ops.…`.
    var module: String
    /// The class.
    var name: String

    /// Creates a class.
    init(_ module: String, _ name: String) {
        self.module = module
        self.name = name
    }

    /// A class of `keras.src.ops.numpy`.
    static func numpy(_ name: String) -> OperationClass { OperationClass("numpy", name) }
    /// A class of `keras.src.ops.nn`.
    static func nn(_ name: String) -> OperationClass { OperationClass("nn", name) }
    /// A class of `keras.src.ops.math`.
    static func math(_ name: String) -> OperationClass { OperationClass("math", name) }
    /// A class of `keras.src.ops.core`.
    static func core(_ name: String) -> OperationClass { OperationClass("core", name) }
}

/// A model as Keras has it: layers, each called once, in the order in which Keras lists them.
struct WrittenModel: Sendable {
    /// The model's name.
    var name: String
    /// The layers.
    var layers: [WrittenLayer]
    /// The layers in Keras's order, as indices; those that the outputs don't need are left out.
    var order: [Int]
    /// The inputs.
    var inputs: [KerasTensor]
    /// The outputs.
    var outputs: [KerasTensor]

    /// The layers that aren't operations, in Keras's order.
    var properLayers: [(layer: any KerasLayer, written: WrittenLayer)] {
        order.compactMap { index in
            guard case .layer(let layer, _) = layers[index].kind else { return nil }
            return (layer, layers[index])
        }
    }
}
