import HingeGraph

extension LayerInstance {
    /// The layer as configurations hold it.
    func json(_ target: ConfigWriter.Target) -> JSONValue {
        var config = ConfigWriter(target: target, name: name, computesIn: policy.compute)
        layer.write(&config)
        // What isn't stated is taken from the settings of whoever loads the model; operations have no type.
        if policy != .standard || config["dtype"] == nil && !(layer is OperationLayer) {
            config["dtype"] = policy.json
        }
        if !isTrainable { config["trainable"] = false }
        // In legacy files too: Keras 3 finds a layer inside another by its module only.
        return [
            "module": .string(object.writtenModule), "class_name": .string(object.className),
            "config": .object(config.object), "registered_name": .null,
        ]
    }
}

extension LayerObject {
    /// The module that configurations of Keras 3 name.
    fileprivate var writtenModule: String {
        guard let module, isOperation || module.hasPrefix("keras.src.applications") else {
            return "keras.layers"
        }
        return module
    }
}

extension TypePolicy {
    /// The policy as configurations hold it.
    fileprivate var json: JSONValue {
        let isMixed = variable == .float32 && (compute == .float16 || compute == .bfloat16)
        let name = isMixed ? "mixed_\(compute)" : compute.description
        guard let quantization else { return .string(name) }
        return [
            "module": "keras.dtype_policies", "class_name": "QuantizedDTypePolicy",
            "config": ["mode": .string(quantization.rawValue), "source_name": .string(name)],
            "registered_name": .null,
        ]
    }
}
