import HingeGraph
import HingeOperators

/// `GatherND` as `Take` along one axis, which the dimensions that indices refer to are put together to.
struct GatherNDRule: OperatorRule {
    func write(_ operator: GatherND, _ node: NodeWriting) throws -> [KerasTensor] {
        let output = try node.output()
        let data = try node.shape(0)
        let places = try node.shape(1)
        let batch = `operator`.batchDimensions
        guard let depth = places.dimensions.last?.extent, depth > 0 else {
            throw node.unsupported("Keras needs the number of coordinates to be known")
        }
        let count = batch + depth
        // The first extent matters to nobody: a negative place counts from the end of all.
        guard let extents = Shape(Array(data.dimensions[1..<count])).extents else {
            throw node.unsupported("Keras needs the extents that indices refer to, found \(data)")
        }
        var strides = [Int](repeating: 1, count: count)
        for axis in stride(from: count - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * extents[axis]
        }
        var flat = try self.data(data, count, node)
        if count == 1 { flat = try node.argument(0) }
        let indices = try self.indices(places, batch, [0] + extents, strides, node)
        return [
            try node.operation(
                .numpy("Take"), [("axis", 0)], flat, indices, giving: output)
        ]
    }

    /// The data with the dimensions that indices refer to as one.
    private func data(
        _ shape: Shape, _ count: Int, _ node: NodeWriting
    ) throws -> CallArgument<KerasTensor> {
        let rest = Array(shape.dimensions[count...])
        if let constant = node.constant(0) {
            let rows = constant.shape[..<count].reduce(1, *)
            return .constant(try constant.reshaped(to: [rows] + constant.shape[count...]))
        }
        guard count > 1 else { return .tensor(try node.tensor(0)) }
        guard let extents = Shape(rest).extents else {
            throw node.unsupported("Keras needs the extents of what is taken, found \(shape)")
        }
        let x = try node.tensor(0)
        return .tensor(
            try node.operation(
                .numpy("Reshape"), [("newshape", .integers([-1] + extents))], .tensor(x),
                giving: OutputType(x.type, Shape([.unknown] + rest)), as: "rows"))
    }

    /// The place of each index within the dimensions put together.
    private func indices(
        _ shape: Shape, _ batch: Int, _ extents: [Int], _ strides: [Int], _ node: NodeWriting
    ) throws -> CallArgument<KerasTensor> {
        let outer = Shape(Array(shape.dimensions.dropLast()))
        var result: CallArgument<KerasTensor>?
        func add(_ term: CallArgument<KerasTensor>, _ role: String) throws {
            guard let sum = result else {
                result = term
                return
            }
            if case .constant(let a) = sum, case .constant(let b) = term {
                result = .constant(try .fold(Add(), a, b))
                return
            }
            result = .tensor(
                try node.combined(
                    "Add", sum, term, giving: OutputType(.int64, outer), as: role))
        }
        for axis in 0..<batch {
            guard let extent = shape[axis].extent else {
                throw node.unsupported("Keras needs the extents of the batch dimensions")
            }
            var form = [Int](repeating: 1, count: outer.rank)
            form[axis] = extent
            let values = (0..<extent).map { Int64($0 * strides[axis]) }
            try add(.constant(Tensor(values, shape: form)), "batch_\(axis)")
        }
        for axis in batch..<extents.count {
            let column = try self.column(axis - batch, axis == 0 ? nil : extents[axis], outer, node)
            try add(try scaled(column, strides[axis], outer, axis, node), "place_\(axis)")
        }
        return result ?? .literal(.null)
    }

    /// One coordinate of all indices, those below zero counted from the end of an extent, if there is one.
    private func column(
        _ position: Int, _ extent: Int?, _ outer: Shape, _ node: NodeWriting
    ) throws -> CallArgument<KerasTensor> {
        if let constant = node.constant(1) {
            let part = try Tensor.fold(
                Gather(axis: -1), constant.cast(to: .int64), Tensor(scalar: Int64(position)))
            guard let extent else { return .constant(part) }
            let values = try part.integers().map { Int64($0 < 0 ? $0 + extent : $0) }
            return .constant(Tensor(values, shape: part.shape))
        }
        let type = OutputType(.int64, outer)
        let part = try node.operation(
            .numpy("Take"), [("axis", -1)], .tensor(try node.tensor(1)),
            .constant(Tensor(scalar: Int64(position))), giving: type, as: "coordinate_\(position)")
        guard let extent else { return .tensor(part) }
        let isNegative = try node.combined(
            "Less", .tensor(part), try node.zero(.int64), giving: OutputType(.bool, outer),
            as: "negative_\(position)")
        let moved = try node.combined(
            "Add", .tensor(part), try node.number(Double(extent), .int64), giving: type,
            as: "moved_\(position)")
        return .tensor(
            try node.operation(
                .numpy("Where"), [], .tensor(isNegative), .tensor(moved), .tensor(part),
                giving: type, as: "counted_\(position)"))
    }

    private func scaled(
        _ column: CallArgument<KerasTensor>, _ stride: Int, _ outer: Shape, _ axis: Int,
        _ node: NodeWriting
    ) throws -> CallArgument<KerasTensor> {
        guard stride != 1 else { return column }
        if case .constant(let constant) = column {
            return .constant(try .fold(Mul(), constant, Tensor(scalar: Int64(stride))))
        }
        return .tensor(
            try node.combined(
                "Multiply", column, .constant(Tensor(scalar: Int64(stride))),
                giving: OutputType(.int64, outer), as: "scaled_\(axis)"))
    }
}
