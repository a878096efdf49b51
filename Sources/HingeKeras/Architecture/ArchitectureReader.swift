import HingeGraph

/// Reads a model's configuration: the layers, and how they are connected.
struct ArchitectureReader {
    private let config: ConfigReader

    /// Creates a reader of a model's `config`.
    init(_ config: ConfigReader) {
        self.config = config
    }

    /// Reads the model.
    ///
    /// - Throws: ``HingeError`` with the layer as its context.
    func read() throws -> ModelArchitecture {
        config.object["input_layers"] == nil ? try sequential() : try functional()
    }

    private var semantics: KerasSemantics { config.semantics }

    private func layerObjects() throws -> [LayerObject] {
        let layers = try config.required(
            "layers", try config.read("layers", "a list of layers", \.array))
        return try withContext(.field("layers")) { try layers.map { try LayerObject($0) } }
    }
}

// MARK: - Functional

extension ArchitectureReader {
    private func functional() throws -> ModelArchitecture {
        let objects = try layerObjects()
        let nodes = InboundNodes(layerNames: Set(objects.map(\.name)))
        var entries: [LayerEntry] = []
        var isKeras3 = false
        for object in objects {
            guard !object.name.isEmpty else {
                throw HingeError(.badData, "expected a name", at: [object.place])
            }
            let calls = object.source["inbound_nodes"] ?? .array([])
            isKeras3 = isKeras3 || calls.array?.contains { $0.object?["args"] != nil } == true
            entries.append(
                LayerEntry(
                    instance: try LayerRegistry.make(object, semantics),
                    calls: try withContext(object.place) { try nodes.read(calls) }))
        }
        if !isKeras3 {
            for index in entries.indices {
                entries[index].calls = try entries[index].calls.map { call in
                    try call.map { try legacy($0, entries) }
                }
            }
        }
        func boundary(_ key: String) throws -> CallArgument<TensorReference> {
            try withContext(.field(key)) {
                try nodes.structure(config.object[key] ?? .null).map { reference in
                    isKeras3
                        ? try keras3Boundary(reference, entries) : try legacy(reference, entries)
                }
            }
        }
        return try ModelArchitecture(
            name: config.layerName, entries: entries, inputs: try boundary("input_layers"),
            outputs: try boundary("output_layers"), isSequential: false,
            isTrainable: try config.bool("trainable", default: true))
    }

    /// Keras 1 and 2 count the construction of a model inside the model as its call 0.
    private func legacy(
        _ reference: TensorReference, _ entries: [LayerEntry]
    ) throws -> TensorReference {
        try shifted(reference, entries) { _ in true }
    }

    /// Keras 3 does so for a `Functional` that gives one of the outer model's outputs, only there.
    private func keras3Boundary(
        _ reference: TensorReference, _ entries: [LayerEntry]
    ) throws -> TensorReference {
        try shifted(reference, entries) { !$0.isSequential }
    }

    private func shifted(
        _ reference: TensorReference, _ entries: [LayerEntry],
        _ counts: (ModelArchitecture) -> Bool
    ) throws -> TensorReference {
        guard let entry = entries.first(where: { $0.name == reference.layer }) else {
            throw HingeError(.badData, "there is no layer '\(reference.layer)'")
        }
        guard let model = entry.instance.layer as? ModelLayer, counts(model.architecture) else {
            return reference
        }
        var reference = reference
        reference.call -= 1
        return reference
    }
}

// MARK: - Sequential

extension ArchitectureReader {
    private func sequential() throws -> ModelArchitecture {
        var entries: [LayerEntry] = []
        var positions: [String: Int] = [:]
        var current: TensorReference?
        for (index, object) in try layerObjects().enumerated() {
            var object = object
            if object.name.isEmpty { object.name = "layer_\(index)" }
            let instance = try LayerRegistry.make(object, semantics)
            if instance.layer is InputLayer, current == nil {
                positions[object.name] = entries.count
                entries.append(LayerEntry(instance: instance, calls: []))
                current = TensorReference(layer: object.name, call: 0, output: 0)
                continue
            }
            if current == nil {
                let input = try implicitInput(instance)
                positions[input.name] = entries.count
                entries.append(LayerEntry(instance: input, calls: []))
                current = TensorReference(layer: input.name, call: 0, output: 0)
            }
            guard let input = current else { continue }
            let position = positions[object.name] ?? entries.count
            if position == entries.count {
                positions[object.name] = position
                entries.append(LayerEntry(instance: instance, calls: []))
            }
            entries[position].calls.append(CallArguments([.tensor(input)]))
            current = TensorReference(
                layer: object.name, call: entries[position].calls.count - 1, output: 0)
        }
        guard let first = entries.first, let last = current else {
            throw HingeError(.badData, "expected at least one layer", at: [.field("layers")])
        }
        return try ModelArchitecture(
            name: config.layerName, entries: entries,
            inputs: .tensor(TensorReference(layer: first.name, call: 0, output: 0)),
            outputs: .tensor(last), isSequential: true,
            isTrainable: try config.bool("trainable", default: true))
    }

    /// The input of a chain that has no `InputLayer`: the first layer states its shape, or the
    /// chain itself does.
    private func implicitInput(_ first: LayerInstance) throws -> LayerInstance {
        var source = first
        // A chain that begins with a model has that model's input.
        while let model = source.layer as? ModelLayer,
            let input = model.architecture.inputs.leaves.first
        {
            source = try model.architecture.entry(input.layer).instance
        }
        var fields = JSONObject()
        if let input = source.layer as? InputLayer {
            fields = source.object.config
            if input.shape == nil { fields["batch_shape"] = nil }
        } else {
            fields["batch_input_shape"] = first.object.config["batch_input_shape"]
            fields["dtype"] = first.object.config["dtype"].flatMap { $0.string.map { .string($0) } }
            if fields["batch_input_shape"] == nil,
                let length = first.object.config["input_length"],
                first.object.className == "Embedding"
            {
                fields["batch_input_shape"] = .array([.null, length])
            }
        }
        if fields["batch_shape"] == nil, fields["batch_input_shape"] == nil {
            fields["batch_input_shape"] = config.value("build_input_shape")
        }
        let name = "\(first.name)_input"
        fields["name"] = .string(name)
        let object = try LayerObject([
            "class_name": "InputLayer", "config": .object(fields), "name": .string(name),
        ])
        return try LayerRegistry.make(object, semantics)
    }
}
