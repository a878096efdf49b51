import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms

/// `Slice` with constant ranges as `GetItem` with Python's slices, which mean the same; the borders of images that are cut off
/// as `Cropping1D`, `Cropping2D` or `Cropping3D`; as many elements from the first on as an input has along a dimension, as `Take`.
struct SliceRule: OperatorRule {
    func write(_ operator: SliceOf, _ node: NodeWriting) throws -> [KerasTensor] {
        if node.constant(2) == nil, let part = try beginning(node) { return [part] }
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

    /// As many elements from the first on as a dimension of an input has, which isn't known before the model runs: they are
    /// taken by the numbers from 0 that a cumulative sum along that dimension gives.
    ///
    /// `nil` when the slice is another one.
    private func beginning(_ node: NodeWriting) throws -> KerasTensor? {
        guard node.constant(1)?.isZero == true, let axes = try node.integers(3, "the axes"),
            axes.count == 1, try node.integers(4, "the steps").map({ $0 == [1] }) ?? true,
            let dimension = node.model.inferred[node.node.inputs[2]]?.elements?.first,
            dimension != .unknown,
            let (input, place) = node.model.input(with: dimension)
        else { return nil }
        var key = [CallArgument<KerasTensor>](repeating: .literal(0), count: place + 1)
        key[place] = .slice(
            start: .literal(.null), stop: .literal(.null), step: .literal(.null))
        key += [CallArgument<KerasTensor>](
            repeating: .literal(0), count: input.rank - place - 1)
        let vector = OutputType(.int32, [dimension])
        let line = try node.operation(
            .numpy("GetItem"), [], .tensor(input), .list(key),
            giving: OutputType(input.type, [dimension]), as: "line")
        let isNever = try node.combined(
            input.type == .bool ? "LogicalXor" : "Less", .tensor(line), .tensor(line),
            giving: OutputType(.bool, [dimension]), as: "never")
        let isAlways = try node.operation(
            .numpy("LogicalNot"), [], .tensor(isNever), giving: OutputType(.bool, [dimension]),
            as: "always")
        let ones = try node.cast(isAlways, to: .int32, as: "ones")
        let counts = try node.operation(
            .numpy("Cumsum"), [("axis", 0), ("dtype", "int32")], .tensor(ones), giving: vector,
            as: "counts")
        let places = try node.combined(
            "Subtract", .tensor(counts), try node.number(1, .int32), giving: vector, as: "places")
        let axis = try InferenceContext.axis(axes[0], rank: node.shape(0).rank)
        return try node.operation(
            .numpy("Take"), [("axis", .integer(axis))], try node.argument(0), .tensor(places),
            giving: try node.output())
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

extension ModelWriting {
    /// An input that has the dimension, and where.
    fileprivate func input(with dimension: Shape.Dimension) -> (KerasTensor, axis: Int)? {
        for input in graph.requiredInputs {
            guard let tensor = try? tensor(input.name), tensor.type != .string,
                let axis = tensor.shape.dimensions.firstIndex(of: dimension)
            else { continue }
            return (tensor, axis)
        }
        return nil
    }
}

extension Tensor {
    /// Whether all elements are 0.
    fileprivate var isZero: Bool { (try? integers().allSatisfy { $0 == 0 }) ?? false }
}
