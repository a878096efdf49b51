import HingeGraph
import HingeOperators

/// Further operations that give the same elements another place, or put them in order.
///
/// Source: Keras 3 `keras.ops.numpy`.
extension KerasOperations {
    static let arranging: [String: Build] = [
        "Append": { call in
            let (a, b) = try call.pair("x1", "x2")
            guard let axis = try call.values("x1", "x2", "axis").int("axis") else {
                let flat = try [a, b].map {
                    try call.context.append(Reshape(shape: [-1]), $0, as: "flat")
                }
                return try call.context.append(Concat(axis: 0), flat)
            }
            return try call.context.append(Concat(axis: axis), [a, b])
        },
        "Hstack": { try joined($0, axis: 1) }, "Vstack": { try joined($0, axis: 0) },
        "Dstack": { try joined($0, axis: 2) },
        "Roll": { call in
            let values = call.values("x", "shift", "axis")
            let x = try call.tensor("x", 0)
            let shifts = try values.required("shift", values.ints("shift"))
            guard let given = try values.ints("axis") else {
                guard shifts.count == 1 else {
                    throw values.error("shift", "expected one number, found \(shifts)")
                }
                let shape = try call.context.append(ShapeOf(), x, as: "shape")
                let flat = try call.context.append(Reshape(shape: [-1]), x, as: "flat")
                let turned = try rolled(flat, shifts[0], 0, call)
                return [try call.context.append(Reshape(), turned, shape)]
            }
            guard shifts.count == given.count || shifts.count == 1 else {
                throw values.error("shift", "expected \(given.count) numbers, found \(shifts)")
            }
            var result = x
            for (index, axis) in given.enumerated() {
                result = try rolled(
                    result, shifts.count == 1 ? shifts[0] : shifts[index], axis, call)
            }
            return [result]
        },
        "Moveaxis": { call in
            let values = call.values("x", "source", "destination")
            let x = try call.tensor("x", 0)
            let rank = try call.context.rank(x)
            func axes(_ key: String) throws -> [Int] {
                try values.required(key, values.ints(key)).map {
                    try InferenceContext.axis($0, rank: rank)
                }
            }
            let (source, destination) = (try axes("source"), try axes("destination"))
            guard source.count == destination.count, Set(source).count == source.count,
                Set(destination).count == source.count
            else { throw values.error("destination", "expected \(source.count) different axes") }
            var order = (0..<rank).filter { !source.contains($0) }
            for (to, from) in zip(destination, source).sorted(by: { $0.0 < $1.0 }) {
                order.insert(from, at: to)
            }
            return [try call.context.append(Transpose(order), x)]
        },
        "Fliplr": { try flipped($0, axis: 1) }, "Flipud": { try flipped($0, axis: 0) },
        "Sort": { call in
            guard let axis = try axis(call) else {
                throw HingeError(.unsupported, "sorting all elements is not supported")
            }
            return [try sorted(call.tensor("x", 0), axis, call)[0]]
        },
        "Argsort": { call in
            var x = try call.tensor("x", 0)
            let axis = try axis(call)
            if axis == nil { x = try call.context.append(Reshape(shape: [-1]), x, as: "flat") }
            return [try call.cast(sorted(x, axis ?? 0, call)[1], .int32, as: nil)]
        },
        "Cumprod": { call in
            let values = call.values("x", "axis", "dtype")
            var x = try call.tensor("x", 0)
            if let name = try values.string("dtype"), let type = DataType(name: name) {
                x = try call.cast(x, type)
            }
            if try call.context.dataType(x) == .bool { x = try call.cast(x, .int32) }
            let axis = try values.int("axis")
            if axis == nil { x = try call.context.append(Reshape(shape: [-1]), x, as: "flat") }
            return [try call.context.append(CumProd(axis: axis ?? 0), x)]
        },
        "Diff": { call in
            let values = call.values("a", "n", "axis")
            var x = try call.tensor("a", 0)
            let axis = try values.int("axis") ?? -1
            let count = try values.int("n") ?? 1
            guard (0...64).contains(count) else {
                throw values.unsupported("n", "expected at most 64, found \(count)")
            }
            for _ in 0..<count {
                let later = try call.context.append(
                    SliceOf(starts: [1], ends: [.max], axes: [axis]), x, as: "later")
                let earlier = try call.context.append(
                    SliceOf(starts: [0], ends: [-1], axes: [axis]), x, as: "earlier")
                x = try call.context.append(Sub(), later, earlier)
            }
            return [x]
        },
        "ArraySplit": { call in
            let values = call.values("x", "indices_or_sections", "axis")
            let axis = try values.int("axis") ?? 0
            let x = try call.tensor("x", 0)
            let extent = try call.context.extent(x, axis)
            let count = try values.requiredPositive("indices_or_sections")
            guard count <= 65_536 else { throw HingeError(.limit, "expected fewer parts") }
            return try call.split(
                x, axis, (0..<count).map { extent / count + ($0 < extent % count ? 1 : 0) })
        },
        "Moments": { call in
            let values = call.values("x", "axes", "keepdims")
            let x = try call.floating(call.tensor("x", 0))
            let rank = try call.context.rank(x)
            let axes = try call.context.axes(
                values.required("axes", values.ints("axes")), rank: rank)
            let keeps = try values.bool("keepdims", default: false)
            let mean = try call.context.append(ReduceMean(axes: axes), x, as: "mean")
            let centered = try call.context.append(Sub(), x, mean, as: "centered")
            let square = try call.context.append(Mul(), centered, centered, as: "square")
            let variance = try call.context.append(
                ReduceMean(axes: axes, keepsDimensions: keeps), square, as: "variance")
            let result =
                keeps ? mean : try call.context.append(Squeeze(axes: axes), mean, as: "means")
            return [result, variance]
        },
        "Normalize": { call in
            let values = call.values("x", "axis", "order", "epsilon")
            let x = try call.floating(call.tensor("x", 0))
            let rank = try call.context.rank(x)
            let axes = try call.context.axes(values.ints("axis") ?? [-1], rank: rank)
            guard try values.number("order") ?? 2 == 2 else {
                throw values.unsupported("order", "norms of another order are not supported")
            }
            let least = try values.number("epsilon") ?? 1e-7
            let square = try call.context.append(Mul(), x, x, as: "square")
            let sum = try call.context.append(ReduceSum(axes: axes), square, as: "sum")
            let bounded = try call.context.append(
                Max(), sum, call.scalar(least * least, like: x), as: "bounded")
            return [
                try call.context.append(
                    Div(), x, call.context.append(Sqrt(), bounded, as: "norm"))
            ]
        },
    ]

    private static func axis(_ call: OperationCall) throws -> Int? {
        let values = call.values("x", "axis")
        if values.has("axis"), values.value("axis") == nil { return nil }
        return try values.int("axis") ?? -1
    }

    /// The elements along an axis, ascending, and where they were.
    private static func sorted(
        _ x: Operand, _ axis: Int, _ call: OperationCall
    ) throws -> [Operand] {
        let count = try call.context.extent(x, axis)
        return try call.context.append(
            TopK(k: count, axis: axis, isLargest: false), [x], outputCount: 2, as: "sorted")
    }

    /// The elements of an axis moved on, those at the end to the beginning.
    private static func rolled(
        _ x: Operand, _ shift: Int, _ axis: Int, _ call: OperationCall
    ) throws -> Operand {
        let extent = try call.context.extent(x, axis)
        guard extent > 0 else { return x }
        let start = ((-shift % extent) + extent) % extent
        guard start != 0 else { return x }
        let tail = try call.context.append(
            SliceOf(starts: [start], ends: [.max], axes: [axis]), x, as: "tail")
        let head = try call.context.append(
            SliceOf(starts: [0], ends: [start], axes: [axis]), x, as: "head")
        return try call.context.append(Concat(axis: axis), [tail, head])[0]
    }

    private static func joined(_ call: OperationCall, axis: Int) throws -> [Operand] {
        let inputs = try call.promoted(call.tensors("xs", 0))
        guard try inputs.allSatisfy({ try call.context.rank($0) > axis }) else {
            throw HingeError(.unsupported, "expected tensors of more than \(axis) dimensions")
        }
        return try call.context.append(Concat(axis: axis), inputs)
    }

    private static func flipped(_ call: OperationCall, axis: Int) throws -> [Operand] {
        [
            try call.context.append(
                SliceOf(starts: [-1], ends: [.min], axes: [axis], steps: [-1]),
                call.tensor("x", 0))
        ]
    }
}
