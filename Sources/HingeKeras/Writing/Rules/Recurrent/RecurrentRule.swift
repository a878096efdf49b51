import HingeGraph
import HingeOperators

/// `LSTM`, `GRU` and `RNN` as `LSTM`, `GRU` and `SimpleRNN`, those of both directions inside a `Bidirectional`.
///
/// Keras has the batch first, so that transpositions before and after the operator, which exporters write, fall away; see
/// ``RecurrentOutputs``.
struct RecurrentRule<Source: RecurrentOperator>: OperatorRule {
    /// Makes the layer for an operator, its fields known.
    let make: @Sendable (Source, CellSettings, RecurrentSettings) -> any RecurrentLayer
    /// Which gate of the operator each gate of Keras is.
    let gates: [Int]

    func write(_ operator: Source, _ node: NodeWriting) throws -> [KerasTensor] {
        try check(`operator`, node)
        let units = try node.requiredConstant(2, "the weights of a recurrent operator").shape[2]
        let cell = try cell(`operator`, units, node)
        let directions = `operator`.direction.count
        let isBatchFirst = `operator`.isBatchFirst
        let weights = try (0..<directions).map {
            try self.weights(
                $0, units, (`operator` as? GRU)?.isLinearBeforeReset ?? false, cell.useBias, node)
        }
        let x = try node.batchMajorInput(isBatchFirst)
        let initial = try node.initialStates(Source.stateInputs, directions, isBatchFirst)
        let outputs = RecurrentOutputs(
            node: node, isBatchFirst: isBatchFirst, directions: directions, units: units,
            stateCount: Source.stateInputs.count)
        let settings = outputs.settings(`operator`.direction)
        var arguments = CallArguments([CallArgument.tensor(x)])
        if !initial.isEmpty {
            arguments.named = [("initial_state", .list(initial.map { .tensor($0) }))]
        }
        let layer = make(`operator`, cell, settings)
        let results: [KerasTensor]
        if directions == 1 {
            results = try node.layer(
                layer, arguments, weights: WrittenWeights(groups: ["cell": weights[0]]),
                giving: outputs.types(x, settings))
        } else {
            let both = WrittenWeights(groups: [
                "forward_layer": WrittenWeights(groups: ["cell": weights[0]]),
                "backward_layer": WrittenWeights(groups: ["cell": weights[1]]),
            ])
            results = try node.layer(
                try bidirectional(layer, isMerged: outputs.isMerged, x.type, node), arguments,
                weights: both, giving: outputs.types(x, settings))
        }
        return try outputs.place(results, settings)
    }

    private func check(_ operator: Source, _ node: NodeWriting) throws {
        if `operator`.clip != nil { throw node.unsupported("Keras has no bound of activations") }
        if let lstm = `operator` as? LSTM {
            if lstm.couplesInputAndForget {
                throw node.unsupported("Keras doesn't couple the input and forget gates")
            }
            if node.has(7) { throw node.unsupported("Keras has no peephole weights") }
        }
        guard node.has(4) else { return }
        let lengths = try node.requiredConstant(4, "the lengths of the sequences").integers()
        let steps = try node.shape(0)[`operator`.isBatchFirst ? 1 : 0].extent
        guard lengths.allSatisfy({ $0 == steps }) else {
            throw node.unsupported("Keras has no sequences of different lengths without a mask")
        }
    }

    private func bidirectional(
        _ layer: any RecurrentLayer, isMerged: Bool, _ type: DataType, _ node: NodeWriting
    ) throws -> BidirectionalLayer {
        var config = ConfigWriter(target: node.target, name: "forward", computesIn: type)
        config["dtype"] = .string(type.description)
        layer.write(&config)
        var object = JSONObject()
        object["module"] = "keras.layers"
        object["class_name"] = .string(layer.writtenClassName)
        object["config"] = .object(config.object)
        object["registered_name"] = .null
        let instance = try LayerRegistry.make(
            LayerObject(.object(object)), KerasSemantics(generation: .keras3))
        return BidirectionalLayer(
            forward: instance, ownBackward: nil, mergeMode: isMerged ? .concat : nil)
    }
}

// MARK: - The cell

extension RecurrentRule {
    /// The fields of the cell.
    private func cell(
        _ operator: Source, _ units: Int, _ node: NodeWriting
    ) throws -> CellSettings {
        let activations = `operator`.resolvedActivations
        let count = Source.defaultActivations.count
        let forward = Array(activations.prefix(count))
        guard Array(activations.suffix(count)) == forward else {
            throw node.unsupported("Keras has the same activations in both directions")
        }
        if count == 3, forward[1] != forward[2] {
            throw node.unsupported("Keras has one activation for the candidate and the output")
        }
        let names = try forward.map { activation in
            guard let name = ActivationName(activation, node.target) else {
                throw node.unsupported(
                    "Keras has no activation \(activation) inside a recurrent layer")
            }
            return KerasActivation.name(name)
        }
        let hasGates = count > 1
        return CellSettings(
            units: units, activation: hasGates ? names[1] : names[0],
            recurrentActivation: hasGates ? names[0] : .name(.sigmoid), useBias: node.has(3))
    }

    /// The weights of one direction: `[D, G·H, …]` becomes `[…, G·H]` with the gates in Keras's order.
    private func weights(
        _ direction: Int, _ units: Int, _ keepsBiasesApart: Bool, _ useBias: Bool,
        _ node: NodeWriting
    ) throws -> WrittenWeights {
        func part(_ position: Int, _ name: String) throws -> Tensor {
            let all = try node.requiredConstant(position, name)
            let one = try Tensor.fold(
                SliceOf(starts: [direction], ends: [direction + 1], axes: [0]), all)
            return try one.reshaped(to: Array(all.shape.dropFirst()))
        }
        func ordered(_ tensor: Tensor) throws -> Tensor {
            let rows = gates.flatMap { gate in (0..<units).map { Int64(gate * units + $0) } }
            return try .fold(Gather(axis: 0), tensor, Tensor(rows))
        }
        var own: [String: Tensor] = [:]
        for (index, name) in ["kernel", "recurrent_kernel"].enumerated() {
            own[name] = try .fold(
                Transpose([1, 0]), ordered(part(index + 1, "the weights of a recurrent operator")))
        }
        guard useBias else { return WrittenWeights(own) }
        let both = try part(3, "the bias of a recurrent operator")
        let size = gates.count * units
        let input = try ordered(.fold(SliceOf(starts: [0], ends: [size]), both))
        let recurrent = try ordered(.fold(SliceOf(starts: [size], ends: [2 * size]), both))
        own["bias"] =
            keepsBiasesApart
            ? try .fold(
                Concat(axis: 0), input.reshaped(to: [1, size]), recurrent.reshaped(to: [1, size]))
            : try .fold(Add(), input, recurrent)
        return WrittenWeights(own)
    }
}

extension ActivationName {
    /// The function by name that a recurrent operator applies; `nil` when Keras has none by name.
    fileprivate init?(_ activation: RecurrentActivation, _ target: ConfigWriter.Target) {
        switch activation {
        case .relu: self = .relu
        case .tanh, .scaledTanh(alpha: 1, beta: 1): self = .tanh
        case .sigmoid: self = .sigmoid
        case .softsign: self = .softsign
        case .softplus: self = .softplus
        case .affine(alpha: 1, beta: 0): self = .linear
        case .elu(alpha: 1): self = .elu
        case .leakyRelu(alpha: 0.2) where target == .keras3: self = .leakyRelu
        case .hardSigmoid(let alpha, beta: 0.5) where target == .keras3 && alpha == 1 / 6:
            self = .hardSigmoid
        default: return nil
        }
    }
}
