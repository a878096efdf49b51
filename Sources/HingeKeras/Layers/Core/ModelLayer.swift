import HingeGraph
import HingeOperators

/// A model: layers that are connected.
///
/// It can be a layer of another model.
///
/// Source: Keras `Sequential` and `Functional` (`Model` before 2.4).
struct ModelLayer: KerasLayer {
    /// The layers and how they are connected.
    var architecture: ModelArchitecture
}

extension ModelLayer {
    static let className = "Functional"

    /// Whether a layer is a model: a subclass of `Functional` keeps its structure under its own
    /// name.
    static func isModel(_ object: LayerObject) -> Bool {
        object.className == "Sequential"
            || object.config["input_layers"] != nil && object.config["output_layers"] != nil
    }

    init(_ config: ConfigReader) throws {
        architecture = try ArchitectureReader(config).read()
    }

    var masking: Masking { .own }
    var castsInputs: Bool { false }

    var variables: LayerVariables {
        LayerVariables(
            groups: architecture.entries.map { entry in
                entry.instance.group(
                    entry.name,
                    at: .listed(list: "layers", className: entry.instance.object.className),
                    label: .name(entry.name))
            })
    }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let inputs = architecture.inputs.leaves
        guard call.inputs.count == inputs.count else {
            throw HingeError(
                .mismatch, "expected \(inputs.count) inputs, found \(call.inputs.count)")
        }
        var run = ModelRun(architecture, context)
        let given = call.maskArguments
        for (index, (reference, value)) in zip(inputs, call.inputs).enumerated() {
            var value = value
            if index < given.count, let mask = given[index] {
                value.mask = mask
                context.build.setMask(mask, of: value.operand)
            }
            run.set(reference, try typed(value, as: reference, context))
        }
        return try run.outputs()
    }

    /// A value in the type that the model's input states.
    private func typed(
        _ value: KerasValue, as reference: TensorReference, _ context: LayerContext
    ) throws -> KerasValue {
        guard let input = try architecture.entry(reference.layer).instance.layer as? InputLayer,
            try context.dataType(value.operand) != input.dataType
        else { return value }
        return KerasValue(
            try context.append(
                Cast(to: input.dataType), value.operand, as: "\(reference.layer)/cast"),
            mask: value.mask)
    }

    func write(_ config: inout ConfigWriter) {}
}

extension ModelArchitecture {
    /// Whether there is a layer that takes masks away from the tensors that it is called with.
    fileprivate var takesMasks: Bool {
        entries.contains { entry in
            entry.instance.layer is MultiHeadAttentionLayer
                || (entry.instance.layer as? ModelLayer)?.architecture.takesMasks == true
        }
    }
}

/// One call of a model while a graph is built: the calls of its layers, and what they gave.
private struct ModelRun {
    let architecture: ModelArchitecture
    let context: LayerContext
    private var values: [Call: [KerasValue]] = [:]

    /// A call of a layer.
    struct Call: Hashable {
        let layer: String
        let index: Int
    }

    init(_ architecture: ModelArchitecture, _ context: LayerContext) {
        self.architecture = architecture
        self.context = context
    }

    mutating func set(_ input: TensorReference, _ value: KerasValue) {
        values[Call(layer: input.layer, index: 0)] = [value]
    }

    mutating func outputs() throws -> [KerasValue] {
        let references = architecture.outputs.leaves
        var calls = try order(references.map { Call(layer: $0.layer, index: $0.call) })
        // Any order will do unless a call takes the masks of its inputs away from later ones.
        if context.semantics.isKeras3(since: 8), architecture.takesMasks {
            let needed = Set(calls)
            calls = LayerOrder.calls(architecture).map { Call(layer: $0.layer, index: $0.index) }
                .filter { needed.contains($0) }
        }
        for call in calls { values[call] = try make(call) }
        return try references.map(value)
    }

    /// The calls that the given ones need, each after those that it needs itself.
    private func order(_ wanted: [Call]) throws -> [Call] {
        var order: [Call] = []
        var finished = Set(values.keys)
        var open: Set<Call> = []
        var stack = wanted.reversed().map { (call: $0, isEntered: false) }
        while let (call, isEntered) = stack.popLast() {
            if finished.contains(call) { continue }
            if isEntered {
                open.remove(call)
                finished.insert(call)
                order.append(call)
                continue
            }
            guard open.insert(call).inserted else {
                throw HingeError(.badData, "the layer '\(call.layer)' depends on itself")
            }
            stack.append((call, true))
            for reference in try arguments(call).leaves.reversed() {
                let next = Call(layer: reference.layer, index: reference.call)
                if open.contains(next) {
                    throw HingeError(.badData, "the layer '\(next.layer)' depends on itself")
                }
                stack.append((next, false))
            }
        }
        return order
    }

    private func arguments(_ call: Call) throws -> CallArguments<TensorReference> {
        let entry = try architecture.entry(call.layer)
        let isInput = entry.instance.layer is InputLayer
        if isInput, call.index == 0 {
            throw HingeError(
                .badData, "the input '\(call.layer)' is not among the model's inputs")
        }
        guard entry.calls.indices.contains(call.index) else {
            let count = isInput ? 1 : entry.calls.count
            throw HingeError(
                .badData, "call \(call.index) is asked for, of \(count) calls",
                at: [entry.instance.object.place])
        }
        return entry.calls[call.index]
    }

    private func make(_ call: Call) throws -> [KerasValue] {
        let entry = try architecture.entry(call.layer)
        let arguments = try arguments(call).map(value)
        guard let weights = context.weights.groups[entry.name] else {
            throw HingeError(.internalError, "the weights of '\(entry.name)' were not bound")
        }
        let path = context.name.isEmpty ? entry.name : "\(context.name)/\(entry.name)"
        let origin = KerasLayerOrigin(
            path: path, object: entry.instance.object, call: call.index)
        return try context.build.inside(origin) {
            try entry.instance.call(
                arguments,
                LayerContext(
                    build: context.build, name: path, weights: weights,
                    policy: entry.instance.policy))
        }
    }

    private func value(_ reference: TensorReference) throws -> KerasValue {
        let outputs = values[Call(layer: reference.layer, index: reference.call)] ?? []
        guard outputs.indices.contains(reference.output) else {
            throw HingeError(
                .badData,
                "the layer '\(reference.layer)' has \(outputs.count) outputs; "
                    + "output \(reference.output) is asked for")
        }
        return context.build.current(outputs[reference.output])
    }
}
