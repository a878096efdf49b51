import HingeGraph
import HingeOperators

extension NodeWriting {
    /// The sequence `[N, T, C]` that a recurrent operator takes; what was transposed for the operator is taken before that.
    func batchMajorInput(_ isBatchFirst: Bool) throws -> KerasTensor {
        if isBatchFirst { return try tensor(0) }
        if let index = model.producer(of: node.inputs[0]),
            let transpose = model.operator(index) as? Transpose,
            transpose.permutation == [1, 0, 2],
            let source = try? model.tensor(model.graph.nodes[index].inputs[0])
        {
            return source
        }
        let x = try tensor(0)
        return try operation(
            .numpy("Transpose"), [("axes", [1, 0, 2])], .tensor(x),
            giving: OutputType(x.type, [x.shape[1], x.shape[0], x.shape[2]]), as: "batch_first")
    }

    /// The initial states `[N, H]` in Keras's order: those of each direction together.
    ///
    /// Empty when all are zero.
    func initialStates(
        _ positions: [Int], _ directions: Int, _ isBatchFirst: Bool
    ) throws -> [KerasTensor] {
        let given = positions.filter { has($0) && !model.isZero(node.inputs[$0]) }
        guard !given.isEmpty else { return [] }
        guard given.count == positions.count else {
            throw unsupported("Keras needs all initial states or none")
        }
        guard target == .keras3 else {
            throw unsupported("initial states can't stand in a .h5 file; write a .keras file")
        }
        let axis = isBatchFirst ? 1 : 0
        var byDirection = [[KerasTensor]](repeating: [], count: directions)
        for position in positions {
            if let constant = constant(position) {
                for direction in 0..<directions {
                    byDirection[direction].append(
                        try state(constant, axis, direction, "state_\(position)_\(direction)"))
                }
                continue
            }
            let name = node.inputs[position]
            if directions == 1, let index = model.producer(of: name),
                model.operator(index) is Unsqueeze,
                let source = try? model.tensor(model.graph.nodes[index].inputs[0])
            {
                byDirection[0].append(source)
                continue
            }
            let states = try tensor(position)
            var shape = states.shape
            shape.dimensions.remove(at: axis)
            for direction in 0..<directions {
                byDirection[direction].append(
                    try operation(
                        .numpy("Take"), [("axis", .integer(axis))], .tensor(states),
                        .constant(Tensor(scalar: Int64(direction))),
                        giving: OutputType(states.type, shape),
                        as: "state_\(position)_\(direction)"))
            }
        }
        return byDirection.flatMap { $0 }
    }

    /// The initial state of one direction, a constant, as a tensor.
    private func state(
        _ states: Tensor, _ axis: Int, _ direction: Int, _ role: String
    ) throws -> KerasTensor {
        let one = try Tensor.fold(
            Gather(axis: axis), states, Tensor(scalar: Int64(direction)))
        return try model.tensor(
            constant: one, from: try tensor(0), model.name("\(node.name)_\(role)"))
    }
}

extension ModelWriting {
    /// Whether a value is zero throughout, though its extents may be computed.
    func isZero(_ name: String) -> Bool {
        var name = name
        for _ in 0..<16 {
            if let constant = constant(name) {
                return (try? constant.doubles().allSatisfy { $0 == 0 }) ?? false
            }
            guard let index = producer(of: name), let source = self.operator(index) else {
                return false
            }
            switch source {
            case let filled as ConstantOfShape:
                return (try? filled.value.doubles().allSatisfy { $0 == 0 }) ?? false
            case is Expand, is Tile, is Reshape, is Unsqueeze, is Squeeze, is SliceOf, is Transpose,
                is Cast, is Identity:
                name = graph.nodes[index].inputs[0]
            default: return false
            }
        }
        return false
    }
}
