import HingeGraph
import HingeOperators

/// One round of moving transpositions toward the outputs of a graph, by the rules of ``Layout``.
struct TransposeSinking {
    private let order: Layout.Order
    /// The transpositions that exist already, by what they transpose and how.
    private var existing: [Key: String] = [:]

    private struct Key: Hashable {
        let source: String
        let permutation: Permutation
    }

    init(order: Layout.Order) {
        self.order = order
    }

    mutating func run(_ rewriter: inout GraphRewriter) throws {
        for id in rewriter.ids {
            guard let node = rewriter.node(id), let current = rewriter.operator(id) else {
                continue
            }
            if let transpose = current as? Transpose {
                try simplify(id, node, transpose, &rewriter)
            } else if current.id.domain.isEmpty {
                try sink(id, node, current, &rewriter)
            }
        }
    }

    /// A transposition that a value comes from: its source, and its order.
    private func transposition(
        _ name: String, _ rewriter: GraphRewriter
    ) -> (source: String, permutation: Permutation)? {
        guard let id = rewriter.producer(of: name), let node = rewriter.node(id),
            let transpose = rewriter.operator(id) as? Transpose,
            let permutation = permutation(transpose, node, rewriter)
        else { return nil }
        return (node.inputs[0], permutation)
    }

    private func permutation(
        _ transpose: Transpose, _ node: Node, _ rewriter: GraphRewriter
    ) -> Permutation? {
        if let order = transpose.permutation { return Permutation(order) }
        return rewriter.shape(node.inputs[0]).map { Permutation((0..<$0.rank).reversed()) }
    }

    // MARK: - Transpositions themselves

    private mutating func simplify(
        _ id: GraphRewriter.NodeID, _ node: Node, _ transpose: Transpose,
        _ rewriter: inout GraphRewriter
    ) throws {
        guard var permutation = permutation(transpose, node, rewriter) else { return }
        var source = node.inputs[0]
        if let inner = transposition(source, rewriter) {
            permutation = permutation.after(inner.permutation)
            source = inner.source
        }
        if permutation.isIdentity {
            if !rewriter.bypass(id, to: source) {
                try rewriter.replace([id], with: Identity(), inputs: [source])
            }
            return
        }
        let key = Key(source: source, permutation: permutation)
        if let other = existing[key], other != node.outputs[0] {
            if rewriter.bypass(id, to: other) { return }
        } else {
            existing[key] = node.outputs[0]
        }
        if source != node.inputs[0] {
            try rewriter.replace(
                [id], with: Transpose(permutation.order), inputs: [source])
        }
    }

    // MARK: - Through operators

    private mutating func sink(
        _ id: GraphRewriter.NodeID, _ node: Node, _ current: any Operator,
        _ rewriter: inout GraphRewriter
    ) throws {
        guard node.inputs.contains(where: { transposition($0, rewriter) != nil }) else { return }
        if try ReshapeRule.apply(id, node, current, &rewriter, transposition) { return }
        guard node.outputs.dropFirst().allSatisfy({ $0.isEmpty }), let first = node.outputs.first,
            !first.isEmpty
        else { return }
        if TransposeRule.elementwise.contains(current.id.type) {
            guard let (source, permutation) = transposition(node.inputs[0], rewriter) else {
                return
            }
            try move(
                id, node, current, [source] + node.inputs.dropFirst(), permutation, &rewriter)
        } else if TransposeRule.broadcasting.contains(current.id.type) {
            try sinkBroadcasting(id, node, current, &rewriter)
        } else {
            try sinkAxes(id, node, current, &rewriter)
        }
    }

    /// Puts an operator on other inputs in place of a node, and the transposition behind it.
    private func move(
        _ id: GraphRewriter.NodeID, _ node: Node, _ current: any Operator, _ inputs: [String],
        _ permutation: Permutation, _ rewriter: inout GraphRewriter
    ) throws {
        let output = try rewriter.insert(
            current, inputs: inputs, before: id, hint: "\(node.outputs[0])/\(node.type)",
            name: node.name)
        try rewriter.replace(
            [id], with: Transpose(permutation.order), inputs: [output],
            name: node.name(beside: "Transpose"))
    }

    private mutating func sinkAxes(
        _ id: GraphRewriter.NodeID, _ node: Node, _ current: any Operator,
        _ rewriter: inout GraphRewriter
    ) throws {
        let found = node.inputs.compactMap { transposition($0, rewriter) }
        guard let permutation = found.first?.permutation,
            let rule = TransposeRule.find(
                current, permutation, constants: node.inputs.map { rewriter.constant($0) })
        else { return }
        var inputs = node.inputs
        for index in inputs.indices where rule.transposed.contains(index) {
            if let other = transposition(inputs[index], rewriter), other.permutation == permutation
            {
                inputs[index] = other.source
            } else if let constant = rewriter.constant(inputs[index]) {
                inputs[index] = rewriter.addConstant(
                    try constant.transposed(permutation.inverse.order), hint: inputs[index])
            } else {
                return
            }
        }
        for (index, tensor) in rule.constants {
            while inputs.count <= index { inputs.append("") }
            inputs[index] = rewriter.addConstant(tensor, hint: "\(node.outputs[0])_axes")
        }
        try move(id, node, rule.operator, inputs, rule.output, &rewriter)
    }

    /// Moves transpositions through an operator whose inputs broadcast.
    ///
    /// Inputs that aren't transposed are transposed back, when they are constants, or when the transposition
    /// is one that leads away from the layout wanted: it will meet its inverse further down.
    private mutating func sinkBroadcasting(
        _ id: GraphRewriter.NodeID, _ node: Node, _ current: any Operator,
        _ rewriter: inout GraphRewriter
    ) throws {
        let found = node.inputs.map { transposition($0, rewriter) }
        guard let permutation = found.lazy.compactMap({ $0?.permutation }).first else { return }
        let away =
            order == .channelsFirst
            ? Permutation.toChannelsLast(rank: permutation.rank)
            : Permutation.toChannelsFirst(rank: permutation.rank)
        let back = permutation.inverse
        var inputs: [String] = []
        var pending: [(index: Int, source: String)] = []
        for (index, name) in node.inputs.enumerated() {
            if name.isEmpty {
                inputs.append("")
            } else if let other = found[index], other.permutation == permutation {
                inputs.append(other.source)
            } else if let constant = rewriter.constant(name) {
                guard let moved = try constant.aligned(to: permutation.rank, orderedBy: back) else {
                    return
                }
                inputs.append(
                    moved == constant ? name : rewriter.addConstant(moved, hint: name))
            } else if let rank = rewriter.shape(name)?.rank, rank == 0 {
                inputs.append(name)
            } else if permutation == away, rewriter.shape(name)?.rank == permutation.rank {
                pending.append((index, name))
                inputs.append(name)
            } else {
                return
            }
        }
        for (index, name) in pending {
            let key = Key(source: name, permutation: back)
            if let known = existing[key] {
                inputs[index] = known
            } else {
                inputs[index] = try rewriter.insert(
                    Transpose(back.order), inputs: [name], before: id,
                    hint: "\(node.outputs[0])/input", name: node.name(beside: "Transpose"))
                existing[key] = inputs[index]
            }
        }
        try move(id, node, current, inputs, permutation, &rewriter)
    }
}

extension Tensor {
    /// A constant that broadcasts to the dimensions of a value, made to broadcast to them in another order.
    ///
    /// `nil` when it has more dimensions than the value.
    fileprivate func aligned(to rank: Int, orderedBy order: Permutation) throws -> Tensor? {
        if count == 1, self.rank <= rank { return self }
        guard self.rank <= rank else { return nil }
        let ones = [Int](repeating: 1, count: rank - self.rank)
        return try reshaped(to: ones + shape).transposed(order.order)
    }
}
