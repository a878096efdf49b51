import HingeGraph
import HingeOperators

/// A walk by one operator along the steps that count, however many steps there are.
///
/// The steps that count are moved to the front, each example has as many as it has, and each step
/// of the result is taken from the last one that counted until then.
extension SequenceRun {
    /// One operator for all steps that count.
    func compacted(
        _ sequence: SequenceOperator, _ x: Operand, _ initial: [Operand], _ mask: Operand,
        _ wantsSequence: Bool
    ) throws -> Result {
        let places = try Places(context.boolean(mask), context)
        let shape = try context.append(ShapeOf(), x, as: "shape")
        let targets = try context.append(
            Expand(), context.append(Unsqueeze(axes: [2]), places.target, as: "targets"), shape,
            as: "targets")
        let empty = try context.append(
            Expand(), context.scalar(0, like: x, "zero"), shape, as: "empty")
        let front = try context.append(ScatterElements(axis: 1), empty, targets, x, as: "front")
        let steps = try context.append(Transpose([1, 0, 2]), front, as: "steps")
        var inputs = [steps] + sequence.weights
        while inputs.count < 4 { inputs.append(.absent) }
        inputs.append(places.length)
        for state in initial {
            inputs.append(try context.append(Unsqueeze(axes: [0]), state, as: "initial"))
        }
        let outputs = try context.append(
            sequence.make(isReversed ? .reverse : .forward), inputs,
            outputCount: 1 + cell.stateCount)
        let states = try outputs.dropFirst().enumerated().map { index, state in
            let last = try context.append(Squeeze(axes: [0]), state, as: "last")
            let before =
                initial.isEmpty ? try context.scalar(0, like: last, "zero") : initial[index]
            return try context.append(Where(), places.isAny, last, before, as: "state")
        }
        let zero = try context.scalar(0, like: states[0], "zero")
        var last = states[0]
        if !initial.isEmpty, !startsWithState {
            last = try context.append(Where(), places.isAny, last, zero, as: "last_output")
        }
        if zerosMasked {
            let end = try context.append(
                SliceOf(
                    starts: [isReversed ? 0 : -1], ends: [isReversed ? 1 : Int.max], axes: [1]),
                places.mask, as: "end")
            last = try context.append(Where(), end, last, zero, as: "last_output")
        }
        var result: Operand?
        if wantsSequence {
            let flat = try context.append(Squeeze(axes: [1]), outputs[0], as: "outputs")
            let made = try context.append(Transpose([1, 0, 2]), flat, as: "made")
            let other = startsWithState ? initial.first : nil
            result = try spreadOut(made, places, before: other ?? zero)
        }
        return Result(sequence: result, last: last, states: states)
    }

    /// The results of the steps that count, at the front of `made`, `[N, T, H]`, at all steps that
    /// they hold for.
    private func spreadOut(
        _ made: Operand, _ places: Places, before: Operand
    ) throws -> Operand {
        let (source, isMade) = try places.sources(isReversed: isReversed, context)
        let shape = try context.append(ShapeOf(), made, as: "made_shape")
        let indices = try context.append(
            Expand(), context.append(Unsqueeze(axes: [2]), source, as: "sources"), shape,
            as: "sources")
        let taken = try context.append(GatherElements(axis: 1), made, indices, as: "taken")
        let isTaken: Operand
        if zerosMasked {
            // Without a loop, Keras takes the mask in the order of the input for steps in reverse.
            isTaken =
                isUnrolled && isReversed
                ? try context.append(
                    And(), isMade,
                    context.append(
                        SliceOf(starts: [-1], ends: [Int.min], axes: [1], steps: [-1]),
                        places.mask, as: "reversed_mask"), as: "kept")
                : places.mask
        } else {
            isTaken = isMade
        }
        let column = try context.append(Unsqueeze(axes: [2]), isTaken, as: "kept")
        let other =
            try context.rank(before) == 2
            ? context.append(Unsqueeze(axes: [1]), before, as: "before") : before
        return try context.append(Where(), column, taken, other, as: "sequence")
    }

    /// Where steps go when those that count are moved to the front.
    private struct Places {
        /// Whether each step counts, `[N, T]`.
        let mask: Operand
        /// The new place of each step, `[N, T]`.
        let target: Operand
        /// How many steps count, at least 1: `[N]`.
        let length: Operand
        /// Whether any step counts, `[N, 1]`.
        let isAny: Operand
        /// How many steps count until each, itself included: `[N, T]`.
        private let total: Operand
        /// How many steps count, `[N, 1]`.
        private let count: Operand

        init(_ mask: Operand, _ context: LayerContext) throws {
            self.mask = mask
            let one = context.constant(Tensor(scalar: Int64(1)), "one")
            let zero = context.constant(Tensor(scalar: Int64(0)), "none")
            let numbers = try context.append(Cast(to: .int64), mask, as: "numbers")
            total = try context.append(CumSum(axis: 1), numbers, as: "total")
            count = try context.append(ReduceSum(axes: [1]), numbers, as: "count")
            let hidden = try context.append(
                CumSum(axis: 1), context.append(Sub(), one, numbers, as: "hidden"),
                as: "hidden_total")
            let behind = try context.append(Add(), count, hidden, as: "behind")
            target = try context.append(
                Sub(), context.append(Where(), mask, total, behind, as: "place"), one,
                as: "target")
            isAny = try context.append(Greater(), count, zero, as: "any")
            let least = try context.append(Max(), [count, one], as: "length")[0]
            length = try context.append(
                Cast(to: .int32), context.append(Squeeze(axes: [1]), least, as: "length"),
                as: "length")
        }

        /// Which of the results at the front each step has, and whether there is one for it yet.
        func sources(
            isReversed: Bool, _ context: LayerContext
        ) throws -> (index: Operand, isMade: Operand) {
            let one = context.constant(Tensor(scalar: Int64(1)), "one")
            let zero = context.constant(Tensor(scalar: Int64(0)), "none")
            let latest = try context.append(Sub(), total, one, as: "latest")
            guard isReversed else {
                let isMade = try context.append(Greater(), total, zero, as: "made")
                return (try context.append(Max(), [latest, zero], as: "source")[0], isMade)
            }
            let source = try context.append(Where(), mask, latest, total, as: "source")
            return (source, try context.append(Less(), source, count, as: "made"))
        }
    }
}
