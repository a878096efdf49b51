import HingeGraph
import HingeOperators

/// Gives the outputs of a recurrent layer to the nodes behind the operator.
///
/// Keras gives `[N, T, H]`, or `[N, T, 2·H]` for both directions, and states `[N, H]`; the operator `[T, D, N, H]` and
/// `[D, N, H]`, batch first `[N, T, D, H]` and `[N, D, H]`. N is the batch, T the steps, D the directions, H the features.
/// Nodes behind the operator that bring its outputs into Keras's form are done with that.
struct RecurrentOutputs {
    /// The operator's node.
    let node: NodeWriting
    /// Whether the operator has the batch first.
    let isBatchFirst: Bool
    /// The number of directions.
    let directions: Int
    /// The number of features.
    let units: Int
    /// The number of states of each direction.
    let stateCount: Int

    private var model: ModelWriting { node.model }

    /// What the layer must return.
    func settings(_ direction: RecurrentDirection) -> RecurrentSettings {
        var settings = RecurrentSettings()
        settings.returnsSequences = node.isUsed(0)
        settings.goesBackwards = direction == .reverse
        // The last output is the first state.
        settings.returnsState =
            stateCount > 1 && node.isUsed(2)
            || node.isUsed(1) && (settings.returnsSequences || directions == 2)
        return settings
    }

    /// The types of what the layer returns for `x`.
    func types(_ x: KerasTensor, _ settings: RecurrentSettings) -> [OutputType] {
        let width = isMerged ? 2 * units : units
        let main = OutputType(
            x.type,
            settings.returnsSequences
                ? [x.shape[0], x.shape[1], .known(width)] : [x.shape[0], .known(width)])
        let state = OutputType(x.type, [x.shape[0], .known(units)])
        return [OutputType](repeating: main, count: mainCount)
            + [OutputType](
                repeating: state, count: settings.returnsState ? directions * stateCount : 0)
    }

    /// The number of tensors before the states: one for each direction, unless they are merged.
    private var mainCount: Int { isMerged ? 1 : directions }

    /// Whether everybody who uses all steps of both directions has the directions side by side.
    var isMerged: Bool {
        guard directions == 2, let output = node.node.outputs.first, !model.isOutput(output) else {
            return false
        }
        let users = model.consumers(of: output)
        return !users.isEmpty && users.allSatisfy { merging($0) != nil }
    }

    /// The reshape that puts the directions side by side, if a node that uses all steps leads to it alone: a
    /// transposition to `[T, N, D, H]` or `[N, T, D, H]`, or, batch first, the reshape itself.
    private func merging(_ user: Int) -> (reshape: Int, isBatchMajor: Bool)? {
        var isBatchMajor = true
        var index = user
        if !isBatchFirst {
            guard let transpose = model.operator(user) as? Transpose,
                let next = model.soleConsumer(of: model.graph.nodes[user].outputs[0])
            else { return nil }
            switch transpose.permutation {
            case [0, 2, 1, 3]: isBatchMajor = false
            case [2, 0, 1, 3]: isBatchMajor = true
            default: return nil
            }
            index = next
        }
        guard model.operator(index) is Reshape, let source = model.shape(node.node.outputs[0]),
            let shape = model.shape(model.graph.nodes[index].outputs[0]), shape.rank == 3,
            shape[2] == .known(2 * units)
        else { return nil }
        let steps = source[isBatchFirst ? 1 : 0]
        let batch = source[isBatchFirst ? 0 : 2]
        let first = isBatchMajor ? batch : steps
        let second = isBatchMajor ? steps : batch
        // The other extent follows when one of them is as it was.
        let isKept =
            shape[0] == first && first != .unknown || shape[1] == second && second != .unknown
        return isKept ? (index, isBatchMajor) : nil
    }
}

// MARK: - Placing

extension RecurrentOutputs {
    /// Makes the tensors for the operator's outputs from what the layer gives.
    func place(
        _ results: [KerasTensor], _ settings: RecurrentSettings
    ) throws -> [KerasTensor] {
        let outputs = node.node.outputs
        var placed = [KerasTensor](repeating: results[0], count: outputs.count)
        if node.isUsed(0) {
            var sequences = Array(results.prefix(mainCount))
            if settings.goesBackwards {
                // Keras gives the steps in the order in which it walked them.
                sequences[0] = try node.operation(
                    .numpy("Flip"), [("axis", 1)], .tensor(sequences[0]),
                    giving: OutputType(sequences[0].type, sequences[0].shape), as: "in_order")
            }
            placed[0] = try place(sequences, outputs[0])
        }
        let states = settings.returnsState ? Array(results.dropFirst(mainCount)) : results
        for position in outputs.indices.dropFirst() where node.isUsed(position) {
            let parts = (0..<directions).map { states[$0 * stateCount + position - 1] }
            placed[position] = try place(state: parts, position)
        }
        return placed
    }

    /// The output of all steps.
    private func place(_ sequences: [KerasTensor], _ name: String) throws -> KerasTensor {
        let first = sequences[0]
        var isNeeded = model.isOutput(name)
        for user in model.consumers(of: name) {
            let output = model.graph.nodes[user].outputs[0]
            if directions == 2, sequences.count == 1, let (reshape, isBatchMajor) = merging(user) {
                try give(
                    first, to: model.graph.nodes[reshape].outputs[0], isBatchMajor: isBatchMajor)
                // Nobody else looks at what is between.
                if reshape != user { model.set(output, first) }
            } else if directions == 1, model.operator(user) is Squeeze,
                model.shape(output)?.rank == 3
            {
                try give(first, to: output, isBatchMajor: isBatchFirst)
            } else {
                isNeeded = true
            }
        }
        // Nobody looks at the tensor then.
        guard isNeeded else { return first }
        let type = try node.output(0)
        if directions == 2 {
            let stacked = try node.operation(
                .numpy("Stack"), [("axis", 0)], .list(sequences.map { .tensor($0) }),
                giving: OutputType(type.type, Shape([2] + first.shape.dimensions)), as: "stacked")
            return try node.operation(
                .numpy("Transpose"), [("axes", isBatchFirst ? [1, 2, 0, 3] : [2, 0, 1, 3])],
                .tensor(stacked), giving: type, as: "sequence")
        }
        let ordered = isBatchFirst ? first : try stepsFirst(first, as: "steps_first")
        return try node.operation(
            .numpy("ExpandDims"), [("axis", .integer(isBatchFirst ? 2 : 1))], .tensor(ordered),
            giving: type, as: "sequence")
    }

    /// Says that a value is the layer's sequence, and so what is a transposition of it.
    private func give(_ tensor: KerasTensor, to name: String, isBatchMajor: Bool) throws {
        if isBatchMajor { return model.set(name, tensor) }
        var isNeeded = model.isOutput(name)
        for user in model.consumers(of: name) {
            if let transpose = model.operator(user) as? Transpose,
                transpose.permutation == [1, 0, 2]
            {
                model.set(model.graph.nodes[user].outputs[0], tensor)
            } else {
                isNeeded = true
            }
        }
        model.set(name, isNeeded ? try stepsFirst(tensor, as: "sequence") : tensor)
    }

    private func stepsFirst(_ x: KerasTensor, as role: String) throws -> KerasTensor {
        try node.operation(
            .numpy("Transpose"), [("axes", [1, 0, 2])], .tensor(x),
            giving: OutputType(x.type, [x.shape[1], x.shape[0], x.shape[2]]), as: role)
    }

    /// The output of a last state.
    private func place(state parts: [KerasTensor], _ position: Int) throws -> KerasTensor {
        let name = node.node.outputs[position]
        var isNeeded = model.isOutput(name)
        for user in model.consumers(of: name) {
            if directions == 1, model.operator(user) is Squeeze,
                model.shape(model.graph.nodes[user].outputs[0])?.rank == 2
            {
                model.set(model.graph.nodes[user].outputs[0], parts[0])
            } else {
                isNeeded = true
            }
        }
        guard isNeeded else { return parts[0] }
        return try node.operation(
            .numpy("Stack"), [("axis", .integer(isBatchFirst ? 1 : 0))],
            .list(parts.map { .tensor($0) }), giving: try node.output(position),
            as: "state_\(position)")
    }
}
