import HingeGraph
import HingeOperators

/// The configuration of a model as Keras 2 writes it, in the form that Keras 3 reads too: no modules, connections as
/// `[layer, call, output, kwargs]`, the class `Model`, which all versions know.
enum LegacyConfiguration {
    /// The version that files say they are of.
    static let version = "2.15.0"

    /// The configuration.
    ///
    /// - Throws: ``HingeError`` when the model needs what only Keras 3 has.
    static func json(_ model: WrittenModel) throws -> JSONValue {
        let layers = try model.order.map { index in
            try layer(
                model.layers[index], isInput: model.inputs.contains { $0.layer == index }, model)
        }
        return [
            "class_name": "Model",
            "config": [
                "name": .string(model.name), "trainable": true, "layers": .array(layers),
                "input_layers": .array(model.inputs.map { reference($0, model) }),
                "output_layers": .array(model.outputs.map { reference($0, model) }),
            ],
        ]
    }

    private static func layer(
        _ layer: WrittenLayer, isInput: Bool, _ model: WrittenModel
    ) throws -> JSONValue {
        guard case .layer(let keras, let type) = layer.kind else {
            throw HingeError(.internalError, "an operation can't stand in a legacy file")
        }
        return try withContext(.layer(name: layer.name, type: keras.writtenClassName)) {
            var config = ConfigWriter(target: .legacy, name: layer.name, computesIn: type)
            // What isn't stated is taken from the settings of whoever loads the model.
            if !isInput { config["dtype"] = .string(type.description) }
            keras.write(&config)
            return [
                "class_name": .string(keras.writtenClassName), "config": .object(config.object),
                "name": .string(layer.name),
                "inbound_nodes": isInput ? [] : [try call(layer.arguments, model)],
            ]
        }
    }

    private static func call(
        _ arguments: CallArguments<KerasTensor>, _ model: WrittenModel
    ) throws -> JSONValue {
        let tensors = arguments.leaves
        let isPlain = arguments.named.isEmpty && arguments.positional.count == 1
        guard isPlain, !tensors.isEmpty else {
            throw HingeError(
                .unsupported,
                "this call has more than a list of tensors, which .h5 files can't hold; write a "
                    + ".keras file")
        }
        return .array(
            tensors.map { tensor in
                [
                    .string(model.layers[tensor.layer].name), 0, .integer(tensor.output),
                    .object(JSONObject()),
                ]
            })
    }

    private static func reference(_ tensor: KerasTensor, _ model: WrittenModel) -> JSONValue {
        [.string(model.layers[tensor.layer].name), 0, .integer(tensor.output)]
    }
}
