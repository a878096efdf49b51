import HingeGraph
import HingeOperators

/// The configuration of a model as Keras 3 writes it.
enum Keras3Configuration {
    /// The configuration.
    ///
    /// - Throws: ``HingeError`` when a constant is too large for a configuration.
    static func json(_ model: WrittenModel) throws -> JSONValue {
        let layers = try model.order.map { index in
            try layer(
                model.layers[index], isInput: model.inputs.contains { $0.layer == index }, model)
        }
        return [
            "module": "keras.src.models.functional", "class_name": "Functional",
            "config": [
                "name": .string(model.name), "trainable": true, "layers": .array(layers),
                "input_layers": structure(model.inputs, model),
                "output_layers": structure(model.outputs, model),
            ],
            "registered_name": "Functional",
        ]
    }

    private static func layer(
        _ layer: WrittenLayer, isInput: Bool, _ model: WrittenModel
    ) throws -> JSONValue {
        let calls: [JSONValue] =
            isInput
            ? []
            : [
                [
                    "args": .array(try layer.arguments.positional.map { try argument($0, model) }),
                    "kwargs": try argument(.dictionary(layer.arguments.named), model),
                ]
            ]
        switch layer.kind {
        case .layer(let keras, let type):
            var config = ConfigWriter(target: .keras3, name: layer.name, computesIn: type)
            if !isInput { config["dtype"] = .string(type.description) }
            keras.write(&config)
            return [
                "module": "keras.layers", "class_name": .string(keras.writtenClassName),
                "config": .object(config.object), "registered_name": .null,
                "name": .string(layer.name), "inbound_nodes": .array(calls),
            ]
        case .operation(let operation, var config):
            config["name"] = .string(layer.name)
            return [
                "module": .string("keras.src.ops.\(operation.module)"),
                "class_name": .string(operation.name), "config": .object(config),
                "registered_name": .string(operation.name), "name": .string(layer.name),
                "inbound_nodes": .array(calls),
            ]
        }
    }

    /// The inputs or outputs: one alone isn't a list, so that the model takes and gives a tensor.
    private static func structure(_ tensors: [KerasTensor], _ model: WrittenModel) -> JSONValue {
        let references = tensors.map { history($0, model) }
        return references.count == 1 ? references[0] : .array(references)
    }

    private static func history(_ tensor: KerasTensor, _ model: WrittenModel) -> JSONValue {
        [.string(model.layers[tensor.layer].name), 0, .integer(tensor.output)]
    }

    private static func argument(
        _ argument: CallArgument<KerasTensor>, _ model: WrittenModel
    ) throws -> JSONValue {
        switch argument {
        case .tensor(let tensor):
            return [
                "class_name": "__keras_tensor__",
                "config": [
                    "shape": .array(
                        tensor.shape.dimensions.map { $0.extent.map { .integer($0) } ?? .null }),
                    "dtype": .string(tensor.type.description),
                    "keras_history": history(tensor, model),
                ],
            ]
        case .list(let items): return .array(try items.map { try self.argument($0, model) })
        case .dictionary(let items):
            var object = JSONObject()
            for (key, value) in items { object[key] = try self.argument(value, model) }
            return .object(object)
        case .constant(let tensor): return try constant(tensor)
        case .slice(let start, let stop, let step):
            return [
                "class_name": "__slice__",
                "config": [
                    "start": try self.argument(start, model),
                    "stop": try self.argument(stop, model),
                    "step": try self.argument(step, model),
                ],
            ]
        case .ellipsis: return ["class_name": "__ellipsis__", "config": [:]]
        case .literal(let value): return value
        }
    }

    /// The largest number of elements of a constant that is written as text.
    static let constantLimit = 1 << 22

    private static func constant(_ tensor: Tensor) throws -> JSONValue {
        guard tensor.count <= constantLimit else {
            throw HingeError(
                .unsupported,
                "a constant of shape \(tensor.shape) is too large for a configuration; at most "
                    + "\(constantLimit) elements fit")
        }
        guard tensor.count > 0 else {
            throw HingeError(
                .unsupported, "a configuration can't hold an empty constant, \(tensor.shape)")
        }
        return [
            "class_name": "__numpy__",
            "config": [
                "value": try ConfigTensor.json(tensor),
                "dtype": .string(tensor.dataType.description),
            ],
        ]
    }
}

extension KerasLayer {
    /// The class to write.
    var writtenClassName: String { Self.className }
}
