import HingeGraph
import HingeOperators

/// One walk of a cell along a sequence while a graph is built.
///
/// Where an operator does all steps, that one; else each step by itself, which needs a known number
/// of steps. With a mask, a few steps are done by themselves too: such a graph can be written as
/// Keras layers, which have no sequences of different lengths.
///
/// Letters: N the batch, T the steps, C the input's features, H the cell's.
struct SequenceRun {
    /// The cell.
    let cell: any RecurrentCell
    /// Whether the walk goes from the last step to the first.
    let isReversed: Bool
    /// Whether masked steps give zeros, rather than the output of the step before.
    let zerosMasked: Bool
    /// Whether Keras computes without a loop, where it does some things differently.
    let isUnrolled: Bool
    /// The cell's context.
    let context: LayerContext

    /// How many steps with a mask are done each by itself.
    static let fewSteps = 64

    /// What a walk gives.
    struct Result {
        /// The outputs of all steps in the order of the input, `[N, T, …]`; `nil` when nobody asked
        /// for them.
        var sequence: Operand?
        /// The output of the step that comes last, `[N, …]`.
        var last: Operand
        /// The states after it.
        var states: [Operand]
    }

    /// Walks along `x`, `[N, T, …]`.
    ///
    /// - Throws: ``HingeError`` when the number of steps has to be known and isn't.
    func run(
        _ x: Operand, initial: [Operand], mask: Operand?, wantsSequence: Bool
    ) throws -> Result {
        guard initial.isEmpty || initial.count == cell.stateCount else {
            throw HingeError(
                .mismatch, "expected \(cell.stateCount) states, found \(initial.count)")
        }
        if let stacked = cell as? StackedRNNCellsLayer {
            return try layerwise(stacked, x, initial, mask, wantsSequence)
        }
        if try context.rank(x) == 3,
            let sequence = try cell.sequenceOperator(context.extent(x, 2), context)
        {
            guard let mask else { return try atOnce(sequence, x, initial, wantsSequence) }
            let count = try context.shape(x)[1].extent ?? .max
            if count > SequenceRun.fewSteps {
                return try compacted(sequence, x, initial, mask, wantsSequence)
            }
        }
        return try stepwise(x, initial, mask, wantsSequence)
    }

    /// One operator for all steps.
    private func atOnce(
        _ sequence: SequenceOperator, _ x: Operand, _ initial: [Operand], _ wantsSequence: Bool
    ) throws -> Result {
        let steps = try context.append(Transpose([1, 0, 2]), x, as: "steps")
        var inputs = [steps] + sequence.weights
        while inputs.count < 5 { inputs.append(.absent) }
        for state in initial {
            inputs.append(try context.append(Unsqueeze(axes: [0]), state, as: "initial"))
        }
        let outputs = try context.append(
            sequence.make(isReversed ? .reverse : .forward), inputs,
            outputCount: 1 + cell.stateCount)
        var result: Operand?
        if wantsSequence {
            let flat = try context.append(Squeeze(axes: [1]), outputs[0], as: "outputs")
            result = try context.append(Transpose([1, 0, 2]), flat, as: "sequence")
        }
        let states = try outputs.dropFirst().map { state in
            try context.append(Squeeze(axes: [0]), state, as: "last")
        }
        return Result(sequence: result, last: states[0], states: states)
    }

    /// Stacked cells one after the other, each along the whole sequence.
    private func layerwise(
        _ stacked: StackedRNNCellsLayer, _ x: Operand, _ initial: [Operand], _ mask: Operand?,
        _ wantsSequence: Bool
    ) throws -> Result {
        var sequence = x
        var states: [Operand] = []
        var last = x
        var rest = initial[...]
        for (index, cell) in stacked.parts.enumerated() {
            let isOutermost = index == stacked.parts.count - 1
            let run = SequenceRun(
                cell: cell, isReversed: isReversed, zerosMasked: zerosMasked && isOutermost,
                isUnrolled: isUnrolled, context: try stacked.context(index, context))
            let result = try run.run(
                sequence, initial: Array(rest.prefix(initial.isEmpty ? 0 : cell.stateCount)),
                mask: mask, wantsSequence: wantsSequence || !isOutermost)
            rest = rest.dropFirst(initial.isEmpty ? 0 : cell.stateCount)
            sequence = result.sequence ?? sequence
            states += result.states
            last = result.last
        }
        return Result(sequence: wantsSequence ? sequence : nil, last: last, states: states)
    }

    /// Each step by itself.
    private func stepwise(
        _ x: Operand, _ initial: [Operand], _ mask: Operand?, _ wantsSequence: Bool
    ) throws -> Result {
        try context.requireRank(x, 2...Tensor.rankLimit)
        guard let count = try context.shape(x)[1].extent, count > 0, count <= 10_000 else {
            throw HingeError(
                .unsupported,
                mask == nil
                    ? "a recurrent layer with these activations needs a known number of steps"
                    : "a recurrent layer with a mask needs a known number of steps")
        }
        let ones = [Int](repeating: 1, count: count)
        let steps = try context.append(
            Split(axis: 1, sizes: ones), [x], outputCount: count, as: "steps")
        let masks = try mask.map {
            try context.append(Split(axis: 1, sizes: ones), [$0], outputCount: count, as: "masks")
        }
        var states = initial
        var outputs = [Operand?](repeating: nil, count: count)
        var previous: Operand? = startsWithState ? initial.first : nil
        // Without a loop, Keras makes zeros at the end, by the mask in the order of the input.
        let zerosAtOnce = zerosMasked && isUnrolled
        for index in isReversed ? Array((0..<count).reversed()) : Array(0..<count) {
            let step = try context.append(Squeeze(axes: [1]), steps[index], as: "step")
            if states.isEmpty { states = try cell.initialStates(step, context) }
            var (output, new) = try cell.step(step, states, context)
            if let mask = masks?[index] {
                let counts = try spread(mask, like: output)
                let zero = try context.scalar(0, "zero")
                let other = zerosMasked && !zerosAtOnce ? zero : previous ?? zero
                output = try context.append(Where(), counts, output, other, as: "output")
                new = try zip(new, states).map { new, old in
                    try context.append(Where(), counts, new, old, as: "state")
                }
            }
            outputs[index] = output
            previous = output
            states = new
        }
        guard var last = previous else {
            throw HingeError(.internalError, "a sequence without steps")
        }
        if zerosAtOnce, let masks {
            let end = isReversed ? 0 : count - 1
            last = try zeroed(last, masks[end])
            for index in outputs.indices {
                guard wantsSequence, let output = outputs[index] else { continue }
                outputs[index] = try zeroed(output, masks[isReversed ? count - 1 - index : index])
            }
        }
        var sequence: Operand?
        if wantsSequence {
            let parts = try outputs.compactMap { $0 }.map { output in
                try context.append(Unsqueeze(axes: [1]), output, as: "part")
            }
            sequence = try context.append(Concat(axis: 1), parts, as: "sequence")[0]
        }
        return Result(sequence: sequence, last: last, states: states)
    }

    /// An output that is zero where the mask of a step is false.
    private func zeroed(_ output: Operand, _ mask: Operand) throws -> Operand {
        try context.append(
            Where(), spread(mask, like: output), output, context.scalar(0, "zero"), as: "zeroed")
    }

    /// Whether the result of the steps before the first that counts is the given state, as in a
    /// loop of Keras 2.2; in all others it is zero.
    var startsWithState: Bool {
        context.semantics.generation == .keras2 && context.semantics.version < "2.3"
            && context.semantics.backend != "theano" && !isUnrolled
    }

    /// The mask of a step `[N, 1]`, with as many axes as an output.
    private func spread(_ mask: Operand, like output: Operand) throws -> Operand {
        let rank = try context.rank(output)
        guard rank > 2 else { return mask }
        return try context.append(Unsqueeze(axes: Array(2..<rank)), mask, as: "mask")
    }
}
