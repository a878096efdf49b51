import HingeGraph
import HingeOperators

/// The operations that give the same elements another place.
///
/// Source: Keras 3 `keras.ops.numpy`.
extension KerasOperations {
    static let rearranging: [String: Build] = [
        "Transpose": { call in
            let axes = try call.values("x", "axes").ints("axes")
            let x = try call.tensor("x", 0)
            let rank = try call.context.rank(x)
            let order = try axes?.map { try InferenceContext.axis($0, rank: rank) }
            return [try call.context.append(Transpose(order ?? (0..<rank).reversed()), x)]
        },
        "Swapaxes": { call in
            let values = call.values("x", "axis1", "axis2")
            let x = try call.tensor("x", 0)
            let rank = try call.context.rank(x)
            let pair = try ["axis1", "axis2"].map { key in
                try InferenceContext.axis(values.required(key, values.int(key)), rank: rank)
            }
            var order = Array(0..<rank)
            order.swapAt(pair[0], pair[1])
            return [try call.context.append(Transpose(order), x)]
        },
        "Reshape": reshape,
        "Ravel": { [try $0.context.append(Reshape(shape: [-1]), $0.tensor("x", 0))] },
        "ExpandDims": { call in
            let values = call.values("x", "axis")
            let axes = try values.required("axis", values.ints("axis"))
            return [try call.context.append(Unsqueeze(axes: axes), call.tensor("x", 0))]
        },
        "Squeeze": { call in
            let axes = try call.values("x", "axis").ints("axis")
            return [try call.context.append(Squeeze(axes: axes), call.tensor("x", 0))]
        },
        "Concatenate": { call in
            let axis = try call.values("xs", "axis").int("axis") ?? 0
            let inputs = try call.promoted(call.tensors("xs", 0))
            return try call.context.append(Concat(axis: axis), inputs)
        },
        "Stack": { call in
            let axis = try call.values("x", "axis").int("axis") ?? 0
            let inputs = try call.promoted(call.tensors("x", 0)).map { input in
                try call.context.append(Unsqueeze(axes: [axis]), input, as: "expanded")
            }
            return try call.context.append(Concat(axis: axis), inputs)
        },
        "Unstack": { call in
            let values = call.values("x", "num", "axis")
            let axis = try values.int("axis") ?? 0
            let x = try call.tensor("x", 0)
            let count = try call.context.extent(x, axis)
            return try call.split(x, axis, [Int](bounded: 1, count: count)).map { part in
                try call.context.append(Squeeze(axes: [axis]), part, as: "part")
            }
        },
        "Split": split,
        "Tile": { call in
            let values = call.values("x", "repeats")
            var x = try call.tensor("x", 0)
            var repeats = try values.required("repeats", values.ints("repeats"))
            let rank = try call.context.rank(x)
            if repeats.count > rank {
                x = try call.context.append(
                    Unsqueeze(axes: Array(0..<repeats.count - rank)), x, as: "expanded")
            }
            repeats = [Int](repeating: 1, count: max(0, rank - repeats.count)) + repeats
            return [try call.context.append(Tile(repeats: repeats), x)]
        },
        "Repeat": { call in
            let values = call.values("x", "repeats", "axis")
            let repeats = try values.required("repeats", values.ints("repeats"))
            guard repeats.allSatisfy({ (0...1 << 24).contains($0) }) else {
                throw values.error("repeats", "expected small positive numbers, found \(repeats)")
            }
            var x = try call.tensor("x", 0)
            let given = try values.int("axis")
            if given == nil { x = try call.context.append(Reshape(shape: [-1]), x, as: "flat") }
            let rank = try call.context.rank(x)
            let axis = try InferenceContext.axis(given ?? 0, rank: rank)
            let extent = try call.context.extent(x, axis)
            guard repeats.count == 1 || repeats.count == extent else {
                throw values.error("repeats", "expected \(extent) numbers, found \(repeats)")
            }
            let indices = try call.context.repeated(extent, repeats)
            return [
                try call.context.append(
                    Gather(axis: axis), x, call.context.constant(Tensor(indices), "indices"))
            ]
        },
        "BroadcastTo": { call in
            let values = call.values("x", "shape")
            let shape = try values.required("shape", values.ints("shape"))
            return [try call.context.append(Expand(shape: shape), call.tensor("x", 0))]
        },
        "Flip": { call in
            let x = try call.tensor("x", 0)
            let given = try call.values("x", "axis").ints("axis")
            let axes = try given ?? Array(0..<call.context.rank(x))
            return [
                try call.context.append(
                    SliceOf(
                        starts: axes.map { _ in -1 }, ends: axes.map { _ in Int.min }, axes: axes,
                        steps: axes.map { _ in -1 }), x)
            ]
        },
        "Pad": pad, "Tril": triangle(isUpper: false), "Triu": triangle(isUpper: true),
    ]

    /// What is on one side of a diagonal, `k` above the main one.
    private static func triangle(isUpper: Bool) -> Build {
        { call in
            let k = try call.values("x", "k").int("k") ?? 0
            let diagonal = call.context.constant(Tensor(scalar: Int64(k)), "k")
            return [
                try call.context.append(
                    Trilu(isUpper: isUpper), call.tensor("x", 0), diagonal)
            ]
        }
    }

    private static let reshape: Build = { call in
        let x = try call.tensor("x", 0)
        guard case .list(let items)? = call.argument("newshape", 1) ?? call.argument("shape", 1)
        else {
            let values = call.values("x", "newshape")
            let shape = try values.required("newshape", values.ints("newshape"))
            return [try call.context.append(Reshape(shape: shape, allowsZero: true), x)]
        }
        let target = try call.vector(items, "shape")
        return [try call.context.append(Reshape(allowsZero: true), x, target)]
    }

    private static let split: Build = { call in
        let values = call.values("x", "indices_or_sections", "axis")
        let axis = try values.int("axis") ?? 0
        let x = try call.tensor("x", 0)
        let extent = try call.context.extent(x, axis)
        let key = "indices_or_sections"
        if let count = values.value(key)?.int {
            guard count > 0, extent % count == 0 else {
                throw values.error(key, "expected a divisor of \(extent), found \(count)")
            }
            return try call.split(x, axis, [Int](bounded: extent / count, count: count))
        }
        if let sizes = try values.ints("part_sizes") {
            // TensorFlow's sizes, of which one may follow from the others.
            let rest = extent - sizes.reduce(0) { $0 + max($1, 0) }
            return try call.split(x, axis, sizes.map { $0 < 0 ? max(rest, 0) : $0 })
        }
        let points = try values.required(key, values.ints(key))
            .map { min(max($0 < 0 ? $0 + extent : $0, 0), extent) }
        guard points.sorted() == points else {
            throw values.unsupported(key, "expected ascending positions, found \(points)")
        }
        let sizes = zip([0] + points, points + [extent]).map { $1 - $0 }
        return try call.split(x, axis, sizes)
    }

    private static let pad: Build = { call in
        let x = try call.tensor("x", 0)
        let rank = try call.context.rank(x)
        let values = call.values("x", "pad_width", "mode")
        let given = try values.required(
            "pad_width",
            values.read("pad_width", "pairs of sizes") { json -> [[Int]]? in
                if let size = json.int { return [[size, size]] }
                let pairs = json.array?.compactMap { ConfigReader.ints($0) } ?? []
                let isPairs = pairs.count == json.array?.count
                return isPairs && pairs.allSatisfy { $0.count == 2 } ? pairs : nil
            })
        let pairs = given.count == 1 ? [[Int]](repeating: given[0], count: rank) : given
        guard pairs.count == rank else {
            throw values.error("pad_width", "expected \(rank) pairs, found \(pairs.count)")
        }
        let modes: [String: Pad.Mode] = ["constant": .constant, "reflect": .reflect, "edge": .edge]
        let name = try values.string("mode") ?? "constant"
        guard let mode = modes[name] else {
            throw values.unsupported("mode", "the mode '\(name)' is not supported")
        }
        let pads = pairs.map { $0[0] } + pairs.map { $0[1] }
        let value = call.argument("constant_values", 2)
        guard mode == .constant, let value, !value.isNone else {
            return [try call.context.append(Pad(mode, pads: pads), x)]
        }
        let fill = try call.cast(
            call.tensor(value, "constant_values", like: x), call.context.dataType(x))
        let amounts = call.context.constant(Tensor(pads.map { Int64($0) }), "pads")
        return [try call.context.append(Pad(mode), x, amounts, fill)]
    }
}

extension LayerContext {
    /// The positions along an axis, each as often as asked.
    fileprivate func repeated(_ extent: Int, _ repeats: [Int]) throws -> [Int64] {
        let (product, isTooLarge) = extent.multipliedReportingOverflow(by: repeats.max() ?? 0)
        guard !isTooLarge, product <= 1 << 26 else {
            throw HingeError(.limit, "expected fewer repetitions")
        }
        return (0..<extent).flatMap { position in
            [Int64](
                repeating: Int64(position),
                count: repeats.count == 1 ? repeats[0] : repeats[position])
        }
    }
}

extension OperationCall {
    /// The parts of a value along an axis.
    func split(_ x: Operand, _ axis: Int, _ sizes: [Int]) throws -> [Operand] {
        guard sizes.count <= 65_536 else {
            throw HingeError(.limit, "expected at most 65536 parts, found \(sizes.count)")
        }
        return try context.append(Split(axis: axis, sizes: sizes), [x], outputCount: sizes.count)
    }

    /// A vector of integers whose elements are numbers or computed.
    func vector(_ items: [CallArgument<KerasValue>], _ name: String) throws -> Operand {
        let values = items.compactMap { $0.literal?.int }
        if values.count == items.count {
            return context.constant(Tensor(values.map { Int64($0) }), name)
        }
        let parts = try items.map { item -> Operand in
            let element = try cast(tensor(item, name), .int64)
            let rank = try context.rank(element)
            return rank == 1
                ? element : try context.append(Reshape(shape: [1]), element, as: "element")
        }
        return try context.append(Concat(axis: 0), parts, as: name)[0]
    }
}
