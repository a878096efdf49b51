import HingeGraph
import HingeOperators

/// The dimensions of a transposed input that an operator names, as dimensions of the input itself.
private func untransposed(_ axes: [Int], _ permutation: Permutation) -> [Int]? {
    let rank = permutation.rank
    let positive = axes.map { $0 < 0 ? $0 + rank : $0 }
    guard positive.allSatisfy({ (0..<rank).contains($0) }) else { return nil }
    return positive.map { permutation.order[$0] }
}

private func vector(_ values: [Int]) -> Tensor { Tensor(values.map { Int64($0) }) }

/// The integers of a constant input; `nil` when it isn't given or isn't a constant.
private func integers(_ constants: [Tensor?], _ index: Int) -> [Int]? {
    guard index < constants.count else { return nil }
    return constants[index].flatMap { try? $0.integers() }
}

extension Concat: AxisOperator {
    func rule(_ permutation: Permutation, constants: [Tensor?]) -> TransposeRule? {
        guard let axis = untransposed([axis], permutation)?.first else { return nil }
        return TransposeRule(
            operator: Concat(axis: axis), transposed: Set(constants.indices), output: permutation)
    }
}

extension Squeeze: AxisOperator {
    func rule(_ permutation: Permutation, constants: [Tensor?]) -> TransposeRule? {
        guard let axes = axes ?? integers(constants, 1),
            let sources = untransposed(axes, permutation)
        else { return nil }
        let removed = Set(axes.map { $0 < 0 ? $0 + permutation.rank : $0 })
        return TransposeRule(
            operator: Squeeze(), transposed: [0], constants: [1: vector(sources)],
            output: permutation.removing(removed))
    }
}

extension Unsqueeze: AxisOperator {
    /// The new dimensions stay where they are; those around them are put in order between them.
    func rule(_ permutation: Permutation, constants: [Tensor?]) -> TransposeRule? {
        guard let axes = axes ?? integers(constants, 1) else { return nil }
        let rank = permutation.rank + axes.count
        let new = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
        guard new.count == axes.count, new.allSatisfy({ (0..<rank).contains($0) }) else {
            return nil
        }
        let old = (0..<rank).filter { !new.contains($0) }
        var order = Array(0..<rank)
        for (place, source) in zip(old, permutation.order) { order[place] = old[source] }
        return TransposeRule(
            operator: Unsqueeze(), transposed: [0], constants: [1: vector(axes)],
            output: Permutation(order))
    }
}

extension Slice: AxisOperator {
    func rule(_ permutation: Permutation, constants: [Tensor?]) -> TransposeRule? {
        let starts = ranges?.starts ?? integers(constants, 1)
        let given = ranges?.axes ?? integers(constants, 3)
        guard ranges == nil, let starts,
            let axes = untransposed(given ?? Array(starts.indices), permutation)
        else { return nil }
        return TransposeRule(
            operator: Slice(), transposed: [0], constants: [3: vector(axes)], output: permutation)
    }
}

extension Pad: AxisOperator {
    func rule(_ permutation: Permutation, constants: [Tensor?]) -> TransposeRule? {
        guard let pads = pads ?? integers(constants, 1) else { return nil }
        var operation = self
        operation.pads = nil
        if constants.count > 3, constants[3] != nil {
            guard let given = integers(constants, 3), let axes = untransposed(given, permutation)
            else { return nil }
            return TransposeRule(
                operator: operation, transposed: [0],
                constants: [1: vector(pads), 3: vector(axes)], output: permutation)
        }
        let rank = permutation.rank
        guard pads.count == 2 * rank else { return nil }
        let back = permutation.inverse
        let reordered = back.apply(Array(pads[..<rank])) + back.apply(Array(pads[rank...]))
        return TransposeRule(
            operator: operation, transposed: [0], constants: [1: vector(reordered)],
            output: permutation)
    }
}

extension TransposeRule {
    /// The rule for an operator that reduces some dimensions; `nil` when its axes aren't known.
    static func reduction(
        _ reduction: any ReductionOperator, _ permutation: Permutation, constants: [Tensor?]
    ) -> TransposeRule? {
        let rank = permutation.rank
        var axes = reduction.axes ?? integers(constants, 1) ?? []
        if axes.isEmpty {
            guard !reduction.isIdentityWithoutAxes, constants.count < 2 || constants[1] != nil
            else {
                return nil
            }
            axes = Array(0..<rank)
        }
        guard let sources = untransposed(axes, permutation) else { return nil }
        var moved = reduction
        moved.axes = nil
        let reduced = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
        return TransposeRule(
            operator: moved, transposed: [0], constants: [1: vector(sources)],
            output: reduction.keepsDimensions ? permutation : permutation.removing(reduced))
    }

    /// The rule for an activation along an axis.
    static func activation(
        _ activation: any AxisActivation, _ permutation: Permutation
    ) -> TransposeRule? {
        guard !activation.isFlattened,
            let axis = untransposed([activation.axis], permutation)?.first
        else { return nil }
        var moved = activation
        moved.axis = axis
        return TransposeRule(operator: moved, transposed: [0], output: permutation)
    }
}
