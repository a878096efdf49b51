import HingeGraph
import HingeOperators

/// `ScatterND` as `ScatterUpdate`, whose indices are a list of places.
struct ScatterNDRule: OperatorRule {
    func write(_ operator: ScatterND, _ node: NodeWriting) throws -> [KerasTensor] {
        let data = try node.shape(0)
        let indices = try node.shape(1)
        guard let depth = indices.dimensions.last?.extent, depth > 0,
            let extents = Shape(Array(data.dimensions[..<depth])).extents,
            let rest = Shape(Array(data.dimensions[depth...])).extents
        else {
            throw node.unsupported("Keras needs the extents that indices refer to, found \(data)")
        }
        let places = try node.places(depth, extents)
        let updates = try node.reshaped(2, to: [-1] + rest, as: "updates")
        return [try node.scattered(places, updates, `operator`.reduction)]
    }
}

/// `ScatterElements` with constant indices as `ScatterUpdate` at the places that they stand for.
struct ScatterElementsRule: OperatorRule {
    func write(_ operator: ScatterElements, _ node: NodeWriting) throws -> [KerasTensor] {
        let data = try node.shape(0)
        let axis = try InferenceContext.axis(`operator`.axis, rank: data.rank)
        let indices = try node.requiredConstant(1, "the indices")
        guard let extent = data[axis].extent, indices.count > 0 else {
            throw node.unsupported("Keras needs the extent that indices refer to, found \(data)")
        }
        var places: [Int64] = []
        var position = [Int](repeating: 0, count: indices.rank)
        for index in try indices.integers() {
            for (dimension, place) in position.enumerated() {
                let value = dimension == axis ? (index < 0 ? index + extent : index) : place
                places.append(Int64(value))
            }
            for dimension in position.indices.reversed() {
                position[dimension] += 1
                if position[dimension] < indices.shape[dimension] { break }
                position[dimension] = 0
            }
        }
        let list = Tensor(places, shape: [indices.count, indices.rank])
        let updates = try node.reshaped(2, to: [-1], as: "updates")
        return [try node.scattered(.constant(list), updates, `operator`.reduction)]
    }
}

extension NodeWriting {
    /// Elements put into the first input, or combined with what is there.
    fileprivate func scattered(
        _ places: CallArgument<KerasTensor>, _ updates: CallArgument<KerasTensor>,
        _ reduction: ScatterReduction
    ) throws -> KerasTensor {
        let names: [ScatterReduction: String] = [.add: "add", .max: "max", .min: "min"]
        let name = names[reduction]
        guard reduction == .none || name != nil else {
            throw unsupported("Keras doesn't scatter with '\(reduction.rawValue)'")
        }
        return try operation(
            .core("ScatterUpdate"), name.map { [("reduction", .string($0))] } ?? [],
            CallArguments([try argument(0), places, updates]), giving: [try output()])[0]
    }

    /// The indices as a list `[count, depth]`, those below zero counted from the end.
    fileprivate func places(
        _ depth: Int, _ extents: [Int]
    ) throws -> CallArgument<KerasTensor> {
        if let constant = constant(1) {
            let values = try constant.integers().enumerated().map { index, value in
                Int64(value < 0 ? value + extents[index % depth] : value)
            }
            return .constant(Tensor(values, shape: [values.count / depth, depth]))
        }
        let list = try reshaped(1, to: [-1, depth], as: "places")
        let shape = OutputType(.int64, [.unknown, .known(depth)])
        let isNegative = try combined(
            "Less", list, try zero(.int64), giving: OutputType(.bool, shape.shape),
            as: "negative")
        let sizes = Tensor(extents.map { Int64($0) })
        let moved = try combined("Add", list, .constant(sizes), giving: shape, as: "moved")
        return .tensor(
            try operation(
                .numpy("Where"), [], .tensor(isNegative), .tensor(moved), list, giving: shape,
                as: "counted"))
    }

    /// An input in another shape, of which the first extent follows from the others.
    fileprivate func reshaped(
        _ position: Int, to extents: [Int], as role: String
    ) throws -> CallArgument<KerasTensor> {
        if let constant = constant(position) {
            let rest = extents.dropFirst().reduce(1, *)
            return .constant(
                try constant.reshaped(
                    to: [constant.count / Swift.max(rest, 1)] + extents.dropFirst()))
        }
        let x = try tensor(position)
        let shape = Shape([.unknown] + extents.dropFirst().map { .known($0) })
        return .tensor(
            try operation(
                .numpy("Reshape"), [("newshape", .integers(extents))], .tensor(x),
                giving: OutputType(x.type, shape), as: role))
    }
}
