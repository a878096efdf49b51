import HingeGraph
import HingeOperators

/// The operations that take elements by their indices.
///
/// Source: Keras 3 `keras.ops.numpy` and `keras.ops.nn`.
extension KerasOperations {
    static let selecting: [String: Build] = [
        "Take": { call in
            var x = try call.tensor("x", 0)
            let axis = try call.values("x", "indices", "axis").int("axis")
            if axis == nil { x = try call.context.append(Reshape(shape: [-1]), x, as: "flat") }
            let indices = try call.cast(call.tensor("indices", 1), .int64, as: "indices")
            return [try call.context.append(Gather(axis: axis ?? 0), x, indices)]
        },
        "TakeAlongAxis": { call in
            var x = try call.tensor("x", 0)
            let axis = try call.values("x", "indices", "axis").int("axis")
            if axis == nil { x = try call.context.append(Reshape(shape: [-1]), x, as: "flat") }
            let indices = try call.cast(call.tensor("indices", 1), .int64, as: "indices")
            return [try call.context.append(GatherElements(axis: axis ?? 0), x, indices)]
        },
        "ScatterUpdate": { call in
            let name = try call.values("inputs", "indices", "updates").string("reduction")
            guard let reduction = ScatterReduction(rawValue: name ?? "none") else {
                throw HingeError(
                    .unsupported, "the reduction '\(name ?? "")' is not supported")
            }
            let x = try call.tensor("inputs", 0)
            let indices = try call.cast(call.tensor("indices", 1), .int64, as: "indices")
            let updates = try call.cast(
                call.tensor("updates", 2, like: x), call.context.dataType(x), as: "updates")
            return [try call.context.append(ScatterND(reduction: reduction), x, indices, updates)]
        },
        "OneHot": { call in
            let values = call.values("x", "num_classes", "axis")
            let count = try values.requiredPositive("num_classes")
            let name = try values.string("dtype") ?? "float32"
            guard let type = DataType(name: name), type.isFloatingPoint || type.isInteger else {
                throw values.unsupported("dtype", "the type '\(name)' is not supported")
            }
            let indices = try call.cast(call.tensor("x", 0), .int64, as: "indices")
            let levels = try call.context.fold(
                Cast(to: type), [Tensor([0, 1] as [Int64])])
            return [
                try call.context.oneHot(
                    indices, count, call.context.constant(levels, "levels"),
                    axis: values.int("axis") ?? -1)
            ]
        },
        "GetItem": { call in
            let x = try call.tensor("x", 0)
            guard let key = call.argument("key", 1) else {
                throw HingeError(.mismatch, "expected an argument 'key', found none")
            }
            return [try call.item(x, key)]
        },
        "Slice": { call in
            let values = call.values("inputs", "start_indices", "shape")
            let x = try call.tensor("inputs", 0)
            let starts = try values.required("start_indices", values.ints("start_indices"))
            let shape = try values.required("shape", values.ints("shape"))
            guard starts.count == shape.count else {
                throw values.error("shape", "expected \(starts.count) sizes")
            }
            let ends = zip(starts, shape).map { $1 == -1 ? Int.max : $0 &+ $1 }
            return [
                try call.context.append(
                    SliceOf(starts: starts, ends: ends, axes: Array(starts.indices)), x)
            ]
        },
    ]
}

extension LayerContext {
    /// One row for each index: 1 at the index, 0 elsewhere, and all 0 for an index that is out of
    /// range.
    ///
    /// - Parameters:
    ///   - indices: The indices.
    ///   - count: The size of a row.
    ///   - levels: The two values.
    ///   - axis: Where the row's axis goes.
    func oneHot(
        _ indices: Operand, _ count: Int, _ levels: Operand, axis: Int = -1, as role: String? = nil
    ) throws -> Operand {
        let isNegative = try append(
            Less(), indices, scalar(0, like: indices, "zero"), as: "negative")
        // An index beyond the end stays there; a negative one is moved beyond it.
        let beyond = try scalar(Double(count), like: indices, "beyond")
        let safe = try append(Where(), isNegative, beyond, indices, as: "in_range")
        let depth = constant(Tensor(scalar: Int64(count)), "depth")
        return try append(OneHot(axis: axis), safe, depth, levels, as: role)
    }
}

// MARK: - Python's square brackets

extension OperationCall {
    /// `x[key]`: slices, positions, new axes and `...`.
    func item(_ x: Operand, _ key: CallArgument<KerasValue>) throws -> Operand {
        var keys: [CallArgument<KerasValue>]
        if case .list(let items) = key { keys = items } else { keys = [key] }
        let rank = try context.rank(x)
        let used = keys.count { !$0.isNone && !$0.isEllipsis }
        guard used <= rank else {
            throw HingeError(.mismatch, "expected at most \(rank) keys, found \(used)")
        }
        let all = CallArgument<KerasValue>.slice(
            start: .literal(.null), stop: .literal(.null), step: .literal(.null))
        if let position = keys.firstIndex(where: \.isEllipsis) {
            keys.replaceSubrange(
                position...position,
                with: [CallArgument<KerasValue>](repeating: all, count: rank - used))
        }
        var plan = ItemPlan()
        for key in keys { try plan.add(key) }
        var result = x
        if !plan.axes.isEmpty {
            result = try context.append(
                SliceOf(starts: plan.starts, ends: plan.ends, axes: plan.axes, steps: plan.steps),
                result, as: "slice")
        }
        if !plan.removed.isEmpty {
            result = try context.append(Squeeze(axes: plan.removed), result, as: "element")
        }
        if !plan.added.isEmpty {
            result = try context.append(Unsqueeze(axes: plan.added), result, as: "expanded")
        }
        return result
    }

    /// What the keys between square brackets ask for.
    private struct ItemPlan {
        var axes: [Int] = []
        var starts: [Int] = []
        var ends: [Int] = []
        var steps: [Int] = []
        /// Axes of the input of which one position is taken.
        var removed: [Int] = []
        /// Axes of the result that are new.
        var added: [Int] = []
        private var axis = 0
        private var resultAxis = 0

        mutating func add(_ key: CallArgument<KerasValue>) throws {
            if key.isNone {
                added.append(resultAxis)
                resultAxis += 1
                return
            }
            switch key {
            case .slice(let start, let stop, let step):
                let stride = try number(step) ?? 1
                guard stride != 0 else { throw HingeError(.badData, "a slice has a step of 0") }
                let first = try number(start)
                let last = try number(stop)
                if first != nil || last != nil || stride != 1 {
                    take(
                        first ?? (stride > 0 ? 0 : -1), last ?? (stride > 0 ? .max : .min), stride)
                }
                resultAxis += 1
            case .literal(let value):
                guard let position = value.int, value.bool == nil else {
                    throw HingeError(.unsupported, "the key \(value) is not supported")
                }
                take(position, position == -1 ? .max : position &+ 1, 1)
                removed.append(axis)
            default:
                throw HingeError(.unsupported, "a key that is computed is not supported")
            }
            axis += 1
        }

        private mutating func take(_ start: Int, _ end: Int, _ step: Int) {
            axes.append(axis)
            starts.append(start)
            ends.append(end)
            steps.append(step)
        }

        private func number(_ argument: CallArgument<KerasValue>) throws -> Int? {
            if argument.isNone { return nil }
            guard let value = argument.literal?.int else {
                throw HingeError(.unsupported, "a slice that is computed is not supported")
            }
            return value
        }
    }
}

extension CallArgument {
    /// Whether this is Python's `...`.
    fileprivate var isEllipsis: Bool { if case .ellipsis = self { true } else { false } }
}
