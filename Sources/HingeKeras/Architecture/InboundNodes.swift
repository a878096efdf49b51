import HingeGraph

/// Reads a layer's `inbound_nodes`: how a model calls it.
///
/// A node of Keras 3 is an object with `args` and `kwargs`, in which tensors are objects of the
/// class `__keras_tensor__`. A node of Keras 1 and 2 is a list with an entry
/// `[layer, call, output, kwargs]` for each tensor of the first argument; the operations of
/// TensorFlow's `TFOpLambda` write a single entry without the list.
struct InboundNodes {
    /// The names of the model's layers.
    let layerNames: Set<String>

    /// The calls of a layer.
    func read(_ json: JSONValue) throws -> [CallArguments<TensorReference>] {
        guard let nodes = json.array else {
            throw error("expected a list of calls, found \(json)")
        }
        return try nodes.map(call)
    }

    private func call(_ node: JSONValue) throws -> CallArguments<TensorReference> {
        if let object = node.object, object["args"] != nil || object["kwargs"] != nil {
            let arguments = try argument(object["args"] ?? .array([]))
            let named = try argument(object["kwargs"] ?? .object(JSONObject()))
            guard case .list(let positional) = arguments, case .dictionary(let keywords) = named
            else { throw error("expected \"args\" and \"kwargs\", found \(node)") }
            return CallArguments(positional, keywords)
        }
        var keywords: [(key: String, value: CallArgument<TensorReference>)] = []
        let first = try legacy(node, &keywords)
        // A list of one tensor is that tensor.
        if case .list(let items) = first, items.count == 1 {
            return CallArguments(items, keywords)
        }
        return CallArguments([first], keywords)
    }

    private func error(_ message: String) -> HingeError {
        HingeError(.badData, message, at: [.field("inbound_nodes")])
    }
}

// MARK: - Keras 3

extension InboundNodes {
    /// An argument of a call of Keras 3.
    private func argument(_ json: JSONValue) throws -> CallArgument<TensorReference> {
        switch json {
        case .array(let items): return .list(try items.map(argument))
        case .object(let object):
            guard let className = object["class_name"]?.string, let config = object["config"]
            else {
                return .dictionary(try object.members.map { ($0.key, try argument($0.value)) })
            }
            switch className {
            case "__keras_tensor__":
                guard let history = config["keras_history"], let reference = reference(history)
                else { throw error("expected a reference to a layer's output, found \(config)") }
                return .tensor(reference)
            case "__numpy__", "__tensor__": return .constant(try ConfigTensor.read(config))
            case "__slice__":
                return .slice(
                    start: try argument(config["start"] ?? .null),
                    stop: try argument(config["stop"] ?? .null),
                    step: try argument(config["step"] ?? .null))
            case "__ellipsis__": return .ellipsis
            default: return .literal(json)
            }
        default: return .literal(json)
        }
    }

    /// `[layer, call, output]`.
    private func reference(_ json: JSONValue) -> TensorReference? {
        guard let items = json.array, items.count >= 3, let layer = items[0].string,
            let call = items[1].int, let output = items[2].int
        else { return nil }
        return TensorReference(layer: layer, call: call, output: output)
    }
}

// MARK: - Keras 1 and 2

extension InboundNodes {
    /// The first argument of a call, whose entries also carry the arguments by name.
    private func legacy(
        _ json: JSONValue, _ keywords: inout [(key: String, value: CallArgument<TensorReference>)]
    ) throws -> CallArgument<TensorReference> {
        if let object = json.object {
            var items: [(key: String, value: CallArgument<TensorReference>)] = []
            for member in object.members {
                items.append((member.key, try legacy(member.value, &keywords)))
            }
            return .dictionary(items)
        }
        guard let items = json.array else { throw error("expected a call, found \(json)") }
        guard let layer = items.first?.string, items.count >= 3 else {
            var list: [CallArgument<TensorReference>] = []
            for item in items { list.append(try legacy(item, &keywords)) }
            return .list(list)
        }
        if items.count > 3 {
            guard let named = items[3].object else {
                throw error("expected arguments by name, found \(items[3])")
            }
            for member in named.members where !keywords.contains(where: { $0.key == member.key }) {
                keywords.append((member.key, legacyKeyword(member.value)))
            }
        }
        if layer == "_CONSTANT_VALUE" { return .literal(items[2]) }
        guard let reference = reference(json) else {
            throw error("expected a reference to a layer's output, found \(json)")
        }
        return .tensor(reference)
    }

    /// An argument by name, in which `[layer, call, output]` is a tensor.
    private func legacyKeyword(_ json: JSONValue) -> CallArgument<TensorReference> {
        switch json {
        case .array(let items):
            if items.count == 3, let reference = reference(json),
                layerNames.contains(reference.layer)
            {
                return .tensor(reference)
            }
            return .list(items.map(legacyKeyword))
        case .object(let object):
            if object["class_name"] == "__ellipsis__" || object["type"] == "Ellipsis" {
                return .ellipsis
            }
            if object.keys.sorted() == ["start", "step", "stop"] {
                return .slice(
                    start: legacyKeyword(object["start"] ?? .null),
                    stop: legacyKeyword(object["stop"] ?? .null),
                    step: legacyKeyword(object["step"] ?? .null))
            }
            return .dictionary(object.members.map { ($0.key, legacyKeyword($0.value)) })
        default: return .literal(json)
        }
    }
}

// MARK: - A model's own inputs and outputs

extension InboundNodes {
    /// The structure of a model's inputs or outputs: `[layer, call, output]` leaves in lists and
    /// objects.
    ///
    /// A list of references alone is that list, also when it has one element; Keras 3 writes a
    /// single tensor without the list.
    func structure(_ json: JSONValue) throws -> CallArgument<TensorReference> {
        if let reference = reference(json) { return .tensor(reference) }
        switch json {
        case .array(let items): return .list(try items.map(structure))
        case .object(let object):
            return .dictionary(try object.members.map { ($0.key, try structure($0.value)) })
        default:
            throw HingeError(.badData, "expected a reference to a layer's output, found \(json)")
        }
    }
}
