import HingeGraph
import HingeOperators

/// `Slice` with constant ranges as `GetItem` with Python's slices, which mean the same; the borders of images that are cut off
/// as `Cropping1D`, `Cropping2D` or `Cropping3D`.
struct SliceRule: OperatorRule {
    func write(_ operator: Slice, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        let starts = try node.requiredConstant(1, "the starts of a slice").integers()
        let ends = try node.requiredConstant(2, "the ends of a slice").integers()
        let steps = try node.integers(4, "the steps of a slice") ?? starts.map { _ in 1 }
        let axes = try (node.integers(3, "the axes of a slice") ?? Array(starts.indices))
            .map { try InferenceContext.axis($0, rank: x.rank) }
        guard starts.count == ends.count, starts.count == steps.count, starts.count == axes.count
        else { throw node.unsupported("the numbers of starts, ends, axes and steps differ") }
        if node.target == .legacy,
            let layer = try cropping(x, starts, ends, steps, axes, node)
        {
            return [layer]
        }
        let everything = CallArgument<KerasTensor>.slice(
            start: .literal(.null), stop: .literal(.null), step: .literal(.null))
        var key = [CallArgument<KerasTensor>](
            repeating: everything, count: (axes.max() ?? -1) + 1)
        for index in axes.indices {
            let (start, end, step) = (starts[index], ends[index], steps[index])
            // Numbers beyond any extent mean the end.
            let isOpen = step > 0 ? end >= Int(Int32.max) : end <= Int(Int32.min)
            let fromEnd = step > 0 ? start <= Int(Int32.min) : start >= Int(Int32.max)
            key[axes[index]] = .slice(
                start: .literal(fromEnd ? .null : .integer(start)),
                stop: .literal(isOpen ? .null : .integer(end)),
                step: .literal(step == 1 ? .null : .integer(step)))
        }
        return try node.operation(
            .numpy("GetItem"), [], CallArguments([.tensor(x), .list(key)]), giving: [output])
    }

    private func cropping(
        _ x: KerasTensor, _ starts: [Int], _ ends: [Int], _ steps: [Int], _ axes: [Int],
        _ node: NodeWriting
    ) throws -> KerasTensor? {
        guard (3...5).contains(x.rank), steps.allSatisfy({ $0 == 1 }) else { return nil }
        var borders = [(begin: Int, end: Int)](repeating: (0, 0), count: x.rank - 2)
        for (index, axis) in axes.enumerated() {
            guard (1..<x.rank - 1).contains(axis), let extent = x.shape[axis].extent else {
                return nil
            }
            func place(_ value: Int) -> Int {
                min(max(value < 0 ? value + extent : value, 0), extent)
            }
            let (begin, end) = (place(starts[index]), place(ends[index]))
            guard begin < end else { return nil }
            borders[axis - 1] = (-begin, end - extent)
        }
        return try node.bordered(x, borders)
    }
}
