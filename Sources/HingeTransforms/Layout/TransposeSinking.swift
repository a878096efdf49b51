import HingeGraph
import HingeOperators
import HingeProgram

/// One round of moving transpositions toward the outputs of a graph, by the rules of ``Layout``.
struct TransposeSinking {
    private let order: Layout.Order
    /// The transpositions that exist already, by what they transpose and how.
    private var existing: [Key: Program.SlotID] = [:]

    private struct Key: Hashable {
        let source: Program.SlotID
        let permutation: Permutation
    }

    init(order: Layout.Order) {
        self.order = order
    }

    mutating func run(_ editor: inout ProgramEditor) throws {
        for id in editor.ids {
            guard let step = editor.step(id) else { continue }
            if let transpose = step.operation as? Transpose {
                try simplify(id, step, transpose, &editor)
            } else if step.operation.id.domain.isEmpty {
                try sink(id, step, &editor)
            }
        }
    }

    /// A transposition that a value comes from: its source, and its order.
    private func transposition(
        _ slot: Program.SlotID?, _ editor: ProgramEditor
    ) -> (source: Program.SlotID, permutation: Permutation)? {
        guard let id = editor.producer(of: slot), let step = editor.step(id),
            let transpose = step.operation as? Transpose, let source = step.inputs[0],
            let permutation = permutation(transpose, step, editor)
        else { return nil }
        return (source, permutation)
    }

    private func permutation(
        _ transpose: Transpose, _ step: Program.Step, _ editor: ProgramEditor
    ) -> Permutation? {
        if let order = transpose.permutation { return Permutation(order) }
        return editor.shape(step.inputs[0]).map { Permutation((0..<$0.rank).reversed()) }
    }

    // MARK: - Transpositions themselves

    private mutating func simplify(
        _ id: Program.StepID, _ step: Program.Step, _ transpose: Transpose,
        _ editor: inout ProgramEditor
    ) throws {
        guard var permutation = permutation(transpose, step, editor), let input = step.inputs[0],
            let output = step.outputs[0]
        else { return }
        var source = input
        if let inner = transposition(source, editor) {
            permutation = permutation.after(inner.permutation)
            source = inner.source
        }
        if permutation.isIdentity {
            if !editor.bypass(id, to: source) {
                try editor.replace([id], with: Identity(), inputs: [source])
            }
            return
        }
        let key = Key(source: source, permutation: permutation)
        if let other = existing[key], other != output {
            if editor.bypass(id, to: other) { return }
        } else {
            existing[key] = output
        }
        if source != input {
            try editor.replace(
                [id], with: Transpose(permutation.order), inputs: [source])
        }
    }

    // MARK: - Through operators

    private mutating func sink(
        _ id: Program.StepID, _ step: Program.Step, _ editor: inout ProgramEditor
    ) throws {
        guard step.inputs.contains(where: { transposition($0, editor) != nil }) else { return }
        if try ReshapeRule.apply(id, step, &editor, transposition) { return }
        guard step.outputs.dropFirst().allSatisfy({ $0 == nil }), step.outputs.first != nil else {
            return
        }
        switch step.operation.locality {
        case .elementwise:
            guard let (source, permutation) = transposition(step.inputs[0], editor) else {
                return
            }
            try move(
                id, step, step.operation, [source] + step.inputs.dropFirst(), permutation,
                &editor)
        case .broadcasting: try sinkBroadcasting(id, step, &editor)
        case .whole: try sinkAxes(id, step, &editor)
        }
    }

    /// Puts an operator on other inputs in place of a step, and the transposition behind it.
    private func move(
        _ id: Program.StepID, _ step: Program.Step, _ current: any Operator,
        _ inputs: [Program.SlotID?], _ permutation: Permutation, _ editor: inout ProgramEditor
    ) throws {
        let output = try editor.insert(
            current, inputs: inputs, before: id,
            hint: "\(editor.hint(step.outputs[0]))/\(current.id.type)", name: step.name)
        try editor.replace(
            [id], with: Transpose(permutation.order), inputs: [output],
            name: step.name(beside: "Transpose"))
    }

    private mutating func sinkAxes(
        _ id: Program.StepID, _ step: Program.Step, _ editor: inout ProgramEditor
    ) throws {
        let found = step.inputs.compactMap { transposition($0, editor) }
        guard let permutation = found.first?.permutation,
            let form = step.operation.form(under: permutation, editor.inferenceContext(step))
        else { return }
        var inputs = step.inputs
        for index in inputs.indices where form.transposed.contains(index) {
            if let other = transposition(inputs[index], editor), other.permutation == permutation {
                inputs[index] = other.source
            } else if let constant = editor.constant(inputs[index]) {
                inputs[index] = editor.addConstant(
                    try constant.transposed(permutation.inverse.order),
                    hint: editor.hint(inputs[index]))
            } else {
                return
            }
        }
        for (index, tensor) in form.constants.sorted(by: { $0.key < $1.key }) {
            while inputs.count <= index { inputs.append(nil) }
            inputs[index] = editor.addConstant(
                tensor, hint: "\(editor.hint(step.outputs[0]))_axes")
        }
        try move(id, step, form.operation, inputs, form.output, &editor)
    }

    /// Moves transpositions through an operator whose inputs broadcast.
    ///
    /// Inputs that aren't transposed are transposed back, when they are constants, or when the transposition
    /// is one that leads away from the layout wanted: it will meet its inverse further down.
    private mutating func sinkBroadcasting(
        _ id: Program.StepID, _ step: Program.Step, _ editor: inout ProgramEditor
    ) throws {
        let found = step.inputs.map { transposition($0, editor) }
        guard let permutation = found.lazy.compactMap({ $0?.permutation }).first else { return }
        let away =
            order == .channelsFirst
            ? Permutation.toChannelsLast(rank: permutation.rank)
            : Permutation.toChannelsFirst(rank: permutation.rank)
        let back = permutation.inverse
        var inputs: [Program.SlotID?] = []
        var pending: [(index: Int, source: Program.SlotID)] = []
        for (index, input) in step.inputs.enumerated() {
            guard let input else {
                inputs.append(nil)
                continue
            }
            if let other = found[index], other.permutation == permutation {
                inputs.append(other.source)
            } else if let constant = editor.constant(input) {
                guard let moved = try constant.aligned(to: permutation.rank, orderedBy: back) else {
                    return
                }
                inputs.append(
                    moved == constant
                        ? input : editor.addConstant(moved, hint: editor.hint(input)))
            } else if let rank = editor.shape(input)?.rank, rank == 0 {
                inputs.append(input)
            } else if permutation == away, editor.shape(input)?.rank == permutation.rank {
                pending.append((index, input))
                inputs.append(input)
            } else {
                return
            }
        }
        for (index, source) in pending {
            let key = Key(source: source, permutation: back)
            if let known = existing[key] {
                inputs[index] = known
            } else {
                inputs[index] = try editor.insert(
                    Transpose(back.order), inputs: [source], before: id,
                    hint: "\(editor.hint(step.outputs[0]))/input",
                    name: step.name(beside: "Transpose"))
                existing[key] = inputs[index]
            }
        }
        try move(id, step, step.operation, inputs, permutation, &editor)
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
