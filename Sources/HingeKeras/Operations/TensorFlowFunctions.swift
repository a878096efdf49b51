import HingeGraph
import HingeOperators

/// Functions of TensorFlow that Keras 3 has in no form with the same arguments.
///
/// Source: TensorFlow 2 `tf.math`, `tf.linalg`, `tf.nn` and `tf.image`.
enum TensorFlowFunctions {
    /// A function.
    struct Function: Sendable {
        /// The names of the arguments that are understood; the first one has no name in files.
        var arguments: Set<String>
        /// Builds one call from operators.
        var build: KerasOperations.Build

        init(_ arguments: Set<String> = [], _ build: @escaping KerasOperations.Build) {
            self.arguments = arguments
            self.build = build
        }
    }

    /// The functions, as they stand below `tf`.
    static let all: [String: Function] = mathematics.merging(arrays) { first, _ in first }
        .merging(images) { first, _ in first }
        .merging(windows) { first, _ in first }
}

// MARK: - Mathematics

extension TensorFlowFunctions {
    private static let mathematics: [String: Function] = [
        "math.l2_normalize": normalize, "nn.l2_normalize": normalize,
        "linalg.l2_normalize": normalize,
        "math.argmax": index { ArgMax(axis: $0, keepsDimensions: false) },
        "math.argmin": index { ArgMin(axis: $0, keepsDimensions: false) },
        "math.cumsum": Function(["axis", "exclusive", "reverse"]) { call in
            let values = call.values()
            let sum = CumSum(
                axis: try values.int("axis") ?? 0,
                isExclusive: try values.bool("exclusive", default: false),
                isReversed: try values.bool("reverse", default: false))
            return [try call.context.append(sum, call.tensor("x", 0))]
        },
        "math.reduce_euclidean_norm": Function(["axis", "keepdims"]) { call in
            let x = try call.tensor("x", 0)
            let (axes, keepsDimensions) = try call.reducedAxes(x)
            return [
                try call.context.append(
                    ReduceL2(axes: axes, keepsDimensions: keepsDimensions), x)
            ]
        },
        "compat.v1.norm": norm, "norm": norm,
        "nn.silu": sigmoidProduct, "nn.swish": sigmoidProduct,
        "math.atan2": Function(["x"]) { call in
            let y = try call.tensor("y", 0)
            return [try call.angle(y, call.tensor("x", 1, like: y))]
        },
        "math.divide_no_nan": guarded(zeroAt: 1) { try $0.context.append(Div(), $1, $2) },
        "math.multiply_no_nan": guarded(zeroAt: 1) { try $0.context.append(Mul(), $1, $2) },
        "math.xdivy": guarded(zeroAt: 0) { try $0.context.append(Div(), $1, $2) },
        "math.xlogy": guarded(zeroAt: 0) { call, x, y in
            try call.context.append(Mul(), x, call.context.append(Log(), y, as: "logarithm"))
        },
        "math.reciprocal_no_nan": Function { call in
            let x = try call.tensor("x", 0)
            let zero = try call.scalar(0, like: x)
            let isZero = try call.context.append(Equal(), x, zero, as: "zero")
            let reciprocal = try call.context.append(Reciprocal(), x, as: "reciprocal")
            return [try call.context.append(Where(), isZero, zero, reciprocal)]
        },
        "math.add_n": sum, "add_n": sum, "math.accumulate_n": sum,
        "math.top_k": Function(["k", "sorted"]) { call in
            let values = call.values()
            return try call.context.append(
                TopK(k: values.positive("k") ?? 1), [call.tensor("input", 0)], outputCount: 2
            ).enumerated().map { try $0 == 0 ? $1 : call.cast($1, .int32, as: "indices") }
        },
        "nn.bias_add": Function(["bias", "data_format"]) { call in
            let x = try call.tensor("value", 0)
            var bias = try call.tensor("bias", 1, like: x)
            if try call.values().string("data_format")?.hasPrefix("NC") == true {
                let rank = try call.context.rank(x)
                bias = try call.context.append(
                    Unsqueeze(axes: Array(1..<max(rank - 1, 1))), bias, as: "bias")
            }
            return [try call.context.append(Add(), x, bias)]
        },
        "compat.v1.nn.crelu": Function(["axis"]) { call in
            let x = try call.tensor("features", 0)
            let negated = try call.context.append(Neg(), x, as: "negated")
            let both = try call.context.append(
                Concat(axis: call.values().int("axis") ?? -1), [x, negated], as: "both")[0]
            return [try call.context.append(Relu(), both)]
        },
    ]

    /// `x · rsqrt(max(Σ x², ε))`.
    private static let normalize = Function(["axis", "epsilon"]) { call in
        let x = try call.tensor("x", 0)
        let axes = try call.reducedAxes(x).axes
        let square = try call.context.append(Mul(), x, x, as: "square")
        let sum = try call.context.append(ReduceSum(axes: axes), square, as: "sum")
        let least = try call.scalar(call.values().number("epsilon") ?? 1e-12, like: x)
        let bounded = try call.context.append(Max(), sum, least, as: "bounded")
        let norm = try call.context.append(Sqrt(), bounded, as: "norm")
        return [try call.context.append(Div(), x, norm)]
    }

    private static let norm = Function(["ord", "axis", "keepdims"]) { call in
        let x = try call.tensor("tensor", 0)
        let (axes, keepsDimensions) = try call.reducedAxes(x)
        let values = call.values()
        let order = values.value("ord") ?? "euclidean"
        switch order {
        case "euclidean", .integer(2), .number(2):
            guard order == "euclidean" || axes.count == 1 else { break }
            return [
                try call.context.append(
                    ReduceL2(axes: axes, keepsDimensions: keepsDimensions), x)
            ]
        case .integer(1), .number(1):
            guard axes.count == 1 else { break }
            return [
                try call.context.append(
                    ReduceL1(axes: axes, keepsDimensions: keepsDimensions), x)
            ]
        default: break
        }
        throw values.unsupported(
            "ord", "the norm \(order) over \(axes.count) axes is not supported")
    }

    private static let sigmoidProduct = Function(["beta"]) { call in
        let x = try call.tensor("features", 0)
        let beta = try call.values().number("beta") ?? 1
        let scaled =
            beta == 1
            ? x : try call.context.append(Mul(), x, call.scalar(beta, like: x), as: "scaled")
        return [
            try call.context.append(
                Mul(), x, call.context.append(Sigmoid(), scaled, as: "sigmoid"))
        ]
    }

    private static let sum = Function { call in
        try call.context.append(Sum(), call.tensors("inputs", 0))
    }

    private static func index(_ make: @escaping @Sendable (Int) -> any Operator) -> Function {
        Function(["axis", "output_type"]) { call in
            let values = call.values()
            let type = try values.string("output_type").flatMap { DataType(name: $0) } ?? .int64
            let index = try call.context.append(
                make(values.int("axis") ?? 0), call.tensor("input", 0),
                as: type == .int64 ? nil : "index")
            return [try call.cast(index, type, as: nil)]
        }
    }

    /// A function of two numbers that is 0 where one of them is.
    private static func guarded(
        zeroAt position: Int,
        _ build: @escaping @Sendable (OperationCall, Operand, Operand) throws -> Operand
    ) -> Function {
        Function(["y"]) { call in
            let x = try call.tensor("x", 0, like: call.argument("y", 1)?.operand)
            let y = try call.tensor("y", 1, like: x)
            let zero = try call.scalar(0, like: x)
            let isZero = try call.context.append(
                Equal(), position == 0 ? x : y, zero, as: "zero")
            let result = try build(call, x, y)
            return [try call.context.append(Where(), isZero, zero, result)]
        }
    }
}

// MARK: - Arrays

extension TensorFlowFunctions {
    private static let arrays: [String: Function] = [
        "compat.v1.gather": gather, "gather": gather,
        "compat.v1.gather_nd": Function(["indices", "batch_dims"]) { call in
            let indices = try call.cast(call.tensor("indices", 1), .int64, as: "indices")
            let batch = try call.values().int("batch_dims") ?? 0
            return [
                try call.context.append(
                    GatherND(batchDimensions: batch), call.tensor("params", 0), indices)
            ]
        },
        "compat.v1.nn.embedding_lookup": Function(["ids", "partition_strategy"]) { call in
            let ids = try call.cast(call.tensor("ids", 1), .int64, as: "indices")
            return [try call.context.append(Gather(axis: 0), call.tensor("params", 0), ids)]
        },
        "one_hot": Function(["depth", "on_value", "off_value", "axis", "dtype"]) { call in
            let values = call.values()
            let on = try values.number("on_value") ?? 1
            let off = try values.number("off_value") ?? 0
            let type = try values.string("dtype").flatMap { DataType(name: $0) } ?? .float32
            let levels = try call.context.fold(Cast(to: type), [Tensor([off, on])])
            let indices = try call.cast(call.tensor("indices", 0), .int64, as: "indices")
            return [
                try call.context.oneHot(
                    indices, values.requiredPositive("depth"),
                    call.context.constant(levels, "levels"), axis: values.int("axis") ?? -1)
            ]
        },
        "compat.v1.shape": Function(["out_type"]) { call in
            let type = try call.values().string("out_type").flatMap { DataType(name: $0) }
            let shape = try call.context.append(ShapeOf(), call.tensor("input", 0), as: "shape")
            return [try call.cast(shape, type ?? .int32, as: nil)]
        },
        "slice": Function(["begin", "size"]) { call in
            let values = call.values()
            let starts = try values.required("begin", values.ints("begin"))
            let sizes = try values.required("size", values.ints("size"))
            guard starts.count == sizes.count else {
                throw values.error("size", "expected \(starts.count) sizes, found \(sizes.count)")
            }
            let ends = zip(starts, sizes).map { $1 == -1 ? Int.max : $0 &+ $1 }
            return [
                try call.context.append(
                    SliceOf(starts: starts, ends: ends, axes: Array(starts.indices)),
                    call.tensor("input", 0))
            ]
        },
        "strided_slice": Function(["begin", "end", "strides"]) { call in
            let values = call.values()
            let starts = try values.required("begin", values.ints("begin"))
            let ends = try values.required("end", values.ints("end"))
            let steps = try values.ints("strides") ?? starts.map { _ in 1 }
            guard ends.count == starts.count, steps.count == starts.count, !steps.contains(0) else {
                throw values.error("strides", "expected \(starts.count) numbers other than 0")
            }
            return [
                try call.context.append(
                    SliceOf(
                        starts: starts, ends: ends, axes: Array(starts.indices), steps: steps),
                    call.tensor("input", 0))
            ]
        },
        "sort": Function(["axis", "direction"]) { try [sorted($0)[0]] },
        "argsort": Function(["axis", "direction", "stable"]) { call in
            [try call.cast(sorted(call)[1], .int32, as: nil)]
        },
        "tensordot": Function(["b", "axes"]) { call in
            let a = try call.tensor("a", 0)
            return [try call.context.tensorProduct(a, call.tensor("b", 1, like: a), call.values())]
        },
        "compat.v1.boolean_mask": Function(["mask", "axis"]) { call in
            let values = call.values()
            guard let mask = values.value("mask")?.array?.map(\.bool), !mask.contains(nil) else {
                throw values.unsupported("mask", "expected a list of truth values")
            }
            let indices = mask.indices.filter { mask[$0] == true }.map { Int64($0) }
            return [
                try call.context.append(
                    Gather(axis: values.int("axis") ?? 0), call.tensor("tensor", 0),
                    call.context.constant(Tensor(indices), "indices"))
            ]
        },
        "keras.backend.batch_flatten": Function {
            [try $0.context.append(Flatten(), $0.tensor("x", 0))]
        },
    ]

    private static let gather = Function(["indices", "axis", "batch_dims"]) { call in
        let values = call.values()
        let x = try call.tensor("params", 0)
        let batch = try values.int("batch_dims") ?? 0
        let axis = try values.int("axis") ?? batch
        let indices = try call.cast(call.tensor("indices", 1), .int64, as: "indices")
        if batch == 0 { return [try call.context.append(Gather(axis: axis), x, indices)] }
        guard try InferenceContext.axis(axis, rank: call.context.rank(x)) == batch else {
            throw values.unsupported("batch_dims", "expected the axis \(axis), found \(batch)")
        }
        let rows = try call.context.append(Unsqueeze(axes: [-1]), indices, as: "rows")
        return [try call.context.append(GatherND(batchDimensions: batch), x, rows)]
    }

    /// The elements along an axis in order, and where they were.
    private static func sorted(_ call: OperationCall) throws -> [Operand] {
        let values = call.values()
        let axis = try values.int("axis") ?? -1
        let x = try call.tensor("values", 0)
        let isDescending = try values.string("direction") == "DESCENDING"
        return try call.context.append(
            TopK(k: call.context.extent(x, axis), axis: axis, isLargest: isDescending), [x],
            outputCount: 2, as: "sorted")
    }
}

extension OperationCall {
    /// The axes that a call reduces, all when it gives none, and whether they stay.
    func reducedAxes(_ x: Operand) throws -> (axes: [Int], keepsDimensions: Bool) {
        let values = values()
        let rank = try context.rank(x)
        let axes = try values.ints("axis").map { try context.axes($0, rank: rank) }
        return (axes ?? Array(0..<rank), try values.bool("keepdims", default: false))
    }

    /// The angle of points in the plane: of `y / x` in the right half.
    func angle(_ first: Operand, _ second: Operand) throws -> Operand {
        let (y, x) = try promoted(floating(first), floating(second))
        let zero = try scalar(0, like: x)
        let angle = try context.append(
            Atan(), context.append(Div(), y, x, as: "slope"), as: "half_angle")
        let isLeft = try context.append(Less(), x, zero, as: "left")
        let isBelow = try context.append(Less(), y, zero, as: "below")
        let pi = try scalar(.pi, like: x)
        let turn = try context.append(
            Where(), isBelow, context.append(Neg(), pi, as: "minus_pi"), pi, as: "turn")
        let turned = try context.append(
            Add(), angle, context.append(Where(), isLeft, turn, zero, as: "turns"), as: "turned")
        // 0 / 0 has no slope; the origin has the angle 0.
        let isOrigin = try context.append(
            And(), context.append(Equal(), x, zero, as: "x_zero"),
            context.append(Equal(), y, zero, as: "y_zero"), as: "origin")
        return try context.append(Where(), isOrigin, zero, turned)
    }
}

extension CallArgument where Leaf == KerasValue {
    /// The computed tensor, if this is one.
    var operand: Operand? { if case .tensor(let value) = self { value.operand } else { nil } }
}

extension LayerContext {
    /// The sums of products over the axes that `axes` names: a number of last and first axes, or
    /// the axes of each operand.
    func tensorProduct(
        _ a: Operand, _ b: Operand, _ values: ConfigReader
    ) throws -> Operand {
        let (aRank, bRank) = (try rank(a), try rank(b))
        let lists = values.value("axes")?.array?.compactMap { ConfigReader.ints($0) }
        var pair: (a: [Int], b: [Int])
        if let count = values.value("axes")?.int, (0...min(aRank, bRank)).contains(count) {
            pair = (Array(aRank - count..<aRank), Array(0..<count))
        } else if let lists, lists.count == 2, lists[0].count == lists[1].count {
            pair = (lists[0], lists[1])
        } else {
            throw values.unsupported("axes", "expected a number of axes or two lists")
        }
        pair.a = try pair.a.map { try InferenceContext.axis($0, rank: aRank) }
        pair.b = try pair.b.map { try InferenceContext.axis($0, rank: bRank) }
        // Labels: those of `a` are its axes; those of `b` follow, or are those that they meet.
        let aLabels = Array(0..<aRank)
        let bLabels = (0..<bRank).map { axis in
            pair.b.firstIndex(of: axis).map { pair.a[$0] } ?? aRank + axis
        }
        let output =
            aLabels.filter { !pair.a.contains($0) } + bLabels.filter { $0 >= aRank }
        return try contract(a, aLabels, b, bLabels, output)
    }
}
