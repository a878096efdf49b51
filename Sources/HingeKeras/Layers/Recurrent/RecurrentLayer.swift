import HingeGraph
import HingeOperators

/// What the recurrent layers have in common: all but the cell.
protocol RecurrentLayer: KerasLayer {
    /// What the layer does with its cell.
    var settings: RecurrentSettings { get set }
    /// What happens at one step.
    var cell: any RecurrentCell { get }
    /// The cell as a layer of its own, if the configuration has it as one.
    var cellInstance: LayerInstance? { get }
}

/// How a recurrent layer walks along a sequence, and what it returns.
struct RecurrentSettings: Sendable {
    /// Whether the outputs of all steps are returned, not just the last.
    var returnsSequences = false
    /// Whether the last states are returned as well.
    var returnsState = false
    /// Whether the walk goes from the last step to the first.
    var goesBackwards = false
    /// Whether masked steps give zeros, rather than the output of the step before.
    var zerosMasked = false
    /// Whether the steps are the first axis, before the batch.
    var isTimeMajor = false
    /// Whether Keras computes without a loop.
    var isUnrolled = false
}

extension RecurrentSettings {
    /// Reads the fields.
    ///
    /// - Throws: ``HingeError`` when the layer keeps its state from one run to the next.
    init(_ config: ConfigReader) throws {
        returnsSequences = try config.bool("return_sequences", default: false)
        returnsState = try config.bool("return_state", default: false)
        goesBackwards = try config.bool("go_backwards", default: false)
        zerosMasked = try config.bool("zero_output_for_mask", default: false)
        isTimeMajor = try config.bool("time_major", default: false)
        isUnrolled = try config.bool("unroll", default: false)
        if try config.bool("stateful", default: false) {
            throw config.unsupported(
                "stateful", "a layer that keeps its state from one run to the next is not supported"
            )
        }
    }

    /// Writes the fields.
    func write(_ config: inout ConfigWriter) {
        config.set("return_sequences", returnsSequences, default: false) { .bool($0) }
        config.set("return_state", returnsState, default: false) { .bool($0) }
        config.set("go_backwards", goesBackwards, default: false) { .bool($0) }
        config.set("zero_output_for_mask", zerosMasked, default: false) { .bool($0) }
        config.set("time_major", isTimeMajor, default: false) { .bool($0) }
        config.set("unroll", isUnrolled, default: false) { .bool($0) }
    }
}

extension RecurrentLayer {
    var cellInstance: LayerInstance? { nil }
    var masking: Masking { .own }

    var variables: LayerVariables {
        let location = LayerVariables.Location.attribute(["cell"])
        return LayerVariables(groups: [
            cellInstance?.group("cell", at: location)
                ?? LayerVariables.Group(
                    name: "cell", location: location, variables: cell.variables)
        ])
    }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let (input, initial) = try call.sequence()
        let x =
            settings.isTimeMajor
            ? try context.append(Transpose([1, 0, 2]), input.operand, as: "batch_major")
            : input.operand
        let mask = call.usedMask(input, initial, context.semantics)
        let result = try walk(x, initial, mask, isReversed: settings.goesBackwards, context)
        var output = result.last
        if settings.returnsSequences, var sequence = result.sequence {
            if settings.goesBackwards {
                // In the order in which the steps were walked.
                sequence = try context.reversed(sequence)
            }
            output =
                settings.isTimeMajor
                ? try context.append(Transpose([1, 0, 2]), sequence, as: "time_major") : sequence
        }
        return [KerasValue(output, mask: settings.returnsSequences ? call.keptMask : nil)]
            + (settings.returnsState ? result.states.map { KerasValue($0) } : [])
    }

    /// Walks along `x`, `[N, T, …]`.
    func walk(
        _ x: Operand, _ initial: [Operand], _ mask: Operand?, isReversed: Bool,
        _ context: LayerContext
    ) throws -> SequenceRun.Result {
        guard let weights = context.weights.groups["cell"] else {
            throw HingeError(.internalError, "the weights of the cell were not bound")
        }
        // The nodes are those of the layer itself.
        let inner = LayerContext(
            build: context.build, name: context.name, weights: weights, policy: context.policy)
        return try SequenceRun(
            cell: cell, isReversed: isReversed, zerosMasked: settings.zerosMasked,
            isUnrolled: settings.isUnrolled, context: inner
        ).run(x, initial: initial, mask: mask, wantsSequence: settings.returnsSequences)
    }
}

extension LayerContext {
    /// The steps of a sequence `[N, T, …]` from the last to the first.
    func reversed(_ sequence: Operand) throws -> Operand {
        try append(
            SliceOf(starts: [-1], ends: [Int.min], axes: [1], steps: [-1]), sequence, as: "reversed"
        )
    }
}

extension LayerCall {
    /// The mask that a recurrent layer walks by.
    ///
    /// Keras 3 takes the mask that comes with the sequence only when the sequence is the only
    /// tensor among the arguments.
    func usedMask(
        _ input: KerasValue, _ initial: [Operand], _ semantics: KerasSemantics
    ) -> Operand? {
        isMaskGiven || initial.isEmpty || semantics.generation != .keras3 ? input.mask : nil
    }

    /// The sequence that a recurrent layer is called for, and the states that it begins with.
    ///
    /// Keras 2 lists the states after the sequence, Keras 3 has an argument for them.
    func sequence() throws -> (input: KerasValue, initial: [Operand]) {
        let inputs = inputs
        guard let first = inputs.first else {
            throw HingeError(.mismatch, "expected a sequence, found no input")
        }
        var states = Array(inputs.dropFirst())
        if states.isEmpty {
            let argument =
                arguments["initial_state"]
                ?? (arguments.positional.count > 1 ? arguments.positional[1] : nil)
            states = argument?.leaves ?? []
        }
        if let constants = arguments["constants"], !constants.leaves.isEmpty {
            throw HingeError(.unsupported, "constants of a recurrent layer are not supported")
        }
        return (first, states.map(\.operand))
    }
}
