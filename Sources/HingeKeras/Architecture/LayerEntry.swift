import HingeGraph

/// A layer of a model, and how the model calls it.
struct LayerEntry: Sendable {
    /// The layer.
    var instance: LayerInstance
    /// The calls, in order.
    ///
    /// An input has none.
    var calls: [CallArguments<TensorReference>]

    /// The name, unique within the model.
    var name: String { instance.name }
}

/// What a configuration says of a model: its layers, how they are connected, and which tensors are
/// its inputs and outputs.
struct ModelArchitecture: Sendable {
    /// The model's name.
    var name: String
    /// The layers, in the order of the file.
    var entries: [LayerEntry]
    /// The inputs, in the structure in which the model takes them.
    var inputs: CallArgument<TensorReference>
    /// The outputs, in the structure in which the model gives them.
    var outputs: CallArgument<TensorReference>
    /// Whether the model is a chain of layers, which lists no connections.
    var isSequential: Bool
    /// Whether the model's layers may be trained.
    var isTrainable: Bool
    /// Where each layer is in ``entries``.
    let positions: [String: Int]

    init(
        name: String, entries: [LayerEntry], inputs: CallArgument<TensorReference>,
        outputs: CallArgument<TensorReference>, isSequential: Bool, isTrainable: Bool
    ) throws {
        self.name = name
        self.entries = entries
        self.inputs = inputs
        self.outputs = outputs
        self.isSequential = isSequential
        self.isTrainable = isTrainable
        var positions: [String: Int] = [:]
        for (index, entry) in entries.enumerated() {
            guard positions.updateValue(index, forKey: entry.name) == nil else {
                throw HingeError(
                    .badData, "two layers have the name '\(entry.name)'",
                    at: [entry.instance.object.place])
            }
        }
        self.positions = positions
    }

    /// The layer with the given name.
    ///
    /// - Throws: ``HingeError`` when there is none.
    func entry(_ name: String) throws -> LayerEntry {
        guard let position = positions[name] else {
            throw HingeError(.badData, "there is no layer '\(name)'")
        }
        return entries[position]
    }
}
