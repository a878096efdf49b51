import HingeGraph
import HingeOperators

/// The operations that make one element of all along axes, or of those so far.
///
/// Source: Keras 3 `keras.ops.numpy` and `keras.ops.math`.
extension KerasOperations {
    static let reductions: [String: Build] = [
        "Sum": reducing { ReduceSum(axes: $0, keepsDimensions: $1) },
        "Prod": reducing { ReduceProd(axes: $0, keepsDimensions: $1) },
        "Max": extremum(Max()) { ReduceMax(axes: $0, keepsDimensions: $1) },
        "Amax": extremum(Max()) { ReduceMax(axes: $0, keepsDimensions: $1) },
        "Min": extremum(Min()) { ReduceMin(axes: $0, keepsDimensions: $1) },
        "Amin": extremum(Min()) { ReduceMin(axes: $0, keepsDimensions: $1) },
        "Mean": reducing(isFloating: true) { ReduceMean(axes: $0, keepsDimensions: $1) },
        "Logsumexp": reducing(isFloating: true) { ReduceLogSumExp(axes: $0, keepsDimensions: $1) },
        "Any": logical { ReduceMax(axes: $0, keepsDimensions: $1) },
        "All": logical { ReduceMin(axes: $0, keepsDimensions: $1) },
        "Var": { [try variance($0, as: nil)] },
        "Std": { [try $0.context.append(Sqrt(), variance($0, as: "variance"))] },
        "Argmax": index { ArgMax(axis: $0, keepsDimensions: $1) },
        "Argmin": index { ArgMin(axis: $0, keepsDimensions: $1) },
        "Cumsum": cumulative { CumSum(axis: $0) },
        "TopK": topK,
    ]

    /// The axes that a call reduces: all when it gives none.
    private static func axes(
        _ call: OperationCall, _ x: Operand
    ) throws -> (axes: [Int], keepsDimensions: Bool) {
        let values = call.values("x", "axis")
        let rank = try call.context.rank(x)
        let axes = try values.ints("axis").map { try call.context.axes($0, rank: rank) }
        return (axes ?? Array(0..<rank), try values.bool("keepdims", default: false))
    }

    private static func reducing(
        isFloating: Bool = false,
        _ make: @escaping @Sendable (_ axes: [Int], _ keepsDimensions: Bool) -> any Operator
    ) -> Build {
        { call in
            var x = try call.tensor("x", 0)
            if isFloating { x = try call.floating(x) }
            if try call.context.dataType(x) == .bool { x = try call.cast(x, .int32) }
            let (axes, keepsDimensions) = try axes(call, x)
            guard !axes.isEmpty else { return [x] }
            return [try call.context.append(make(axes, keepsDimensions), x)]
        }
    }

    /// The greatest or least element, of those along axes and perhaps another one.
    private static func extremum(
        _ combining: any Operator,
        _ make: @escaping @Sendable (_ axes: [Int], _ keepsDimensions: Bool) -> any Operator
    ) -> Build {
        let reduce = reducing(make)
        return { call in
            let type = try call.context.dataType(call.tensor("x", 0))
            var result = try reduce(call)[0]
            if let initial = call.argument("initial"), !initial.isNone {
                result = try call.context.append(
                    combining, result,
                    call.cast(
                        call.tensor(initial, "initial", like: result),
                        call.context.dataType(result)))
            }
            return [type == .bool ? try call.cast(result, .bool, as: nil) : result]
        }
    }

    private static func logical(
        _ make: @escaping @Sendable (_ axes: [Int], _ keepsDimensions: Bool) -> any Operator
    ) -> Build {
        { call in
            let flags = try call.cast(call.tensor("x", 0), .bool)
            let (axes, keepsDimensions) = try axes(call, flags)
            guard !axes.isEmpty else { return [flags] }
            let numbers = try call.cast(flags, .int32, as: "numbers")
            let found = try call.context.append(
                make(axes, keepsDimensions), numbers, as: "found")
            return [try call.cast(found, .bool, as: nil)]
        }
    }

    private static func variance(_ call: OperationCall, as role: String?) throws -> Operand {
        let x = try call.floating(call.tensor("x", 0))
        let (axes, keepsDimensions) = try axes(call, x)
        let mean = try call.context.append(ReduceMean(axes: axes), x, as: "mean")
        let centered = try call.context.append(Sub(), x, mean, as: "centered")
        let square = try call.context.append(Mul(), centered, centered, as: "square")
        return try call.context.append(
            ReduceMean(axes: axes, keepsDimensions: keepsDimensions), square, as: role)
    }

    private static func index(
        _ make: @escaping @Sendable (_ axis: Int, _ keepsDimensions: Bool) -> any Operator
    ) -> Build {
        { call in
            let values = call.values("x", "axis")
            var x = try call.tensor("x", 0)
            let keepsDimensions = try values.bool("keepdims", default: false)
            let axis = try values.int("axis")
            if axis == nil {
                guard !keepsDimensions else {
                    throw HingeError(.unsupported, "kept dimensions need an axis here")
                }
                x = try call.context.append(Reshape(shape: [-1]), x, as: "flat")
            }
            let index = try call.context.append(
                make(axis ?? 0, keepsDimensions), x, as: "index")
            return [try call.cast(index, .int32, as: nil)]
        }
    }

    private static func cumulative(
        _ make: @escaping @Sendable (_ axis: Int) -> any Operator
    ) -> Build {
        { call in
            let values = call.values("x", "axis", "dtype")
            var x = try call.tensor("x", 0)
            if let name = try values.string("dtype"), let type = DataType(name: name) {
                x = try call.cast(x, type)
            }
            let axis = try values.int("axis")
            if axis == nil { x = try call.context.append(Reshape(shape: [-1]), x, as: "flat") }
            return [try call.context.append(make(axis ?? 0), x)]
        }
    }

    private static let topK: Build = { call in
        let values = call.values("x", "k", "sorted")
        let count = try values.requiredPositive("k")
        let isSorted = try values.bool("sorted", default: true)
        let outputs = try call.context.append(
            TopK(k: count, isSorted: isSorted), [call.tensor("x", 0)], outputCount: 2)
        return [outputs[0], try call.cast(outputs[1], .int32, as: "indices")]
    }
}
