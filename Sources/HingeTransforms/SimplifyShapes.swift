import HingeGraph
import HingeOperators
import HingeProgram

/// States shapes that are computed but known, so that nothing needs to compute them.
///
/// Rules:
/// 1. `Reshape` to a computed shape takes a constant one, where each dimension of the result is known or that of the
///    input in the same place (0), or where all but one are known (−1).
/// 2. `Reshape` of a stack of matrices into a stack with one dimension in front, `Transpose` of its matrices, and `Reshape`
///    back into the first form become one `Transpose`.
/// 3. What `Expand` repeats is taken as it was by an elementwise operator that repeats it anyway, for another operand.
public struct SimplifyShapes: Pass {
    /// The name of the pass.
    public static let name = "simplify-shapes"

    /// Creates the pass.
    public init() {}

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids {
                if let (step, _) = editor.match(id, as: Reshape.self) {
                    if try transposeStack(id, step, &editor) { continue }
                    try stateShape(id, step, &editor)
                } else if let step = editor.step(id) {
                    skipRepetition(id, step, &editor)
                }
            }
        }
    }

    private func stateShape(
        _ id: Program.StepID, _ step: Program.Step, _ editor: inout ProgramEditor
    ) throws {
        guard step.inputs.count == 2, editor.constant(step.inputs[1]) == nil,
            let input = editor.shape(step.inputs[0]), let output = editor.shape(step.outputs[0])
        else { return }
        var target: [Int64] = []
        for (index, dimension) in output.dimensions.enumerated() {
            if let extent = dimension.extent {
                guard extent > 0 else { return }
                target.append(Int64(extent))
            } else if index < input.rank,
                dimension != .unknown && input[index] == dimension
                    || copies(step.inputs[1], index, of: step.inputs[0], input.rank, editor)
            {
                target.append(0)
            } else {
                target.append(-1)
            }
        }
        // Beside a dimension that may turn out as 0, nothing tells what −1 stands for.
        let openCount = target.count { $0 == -1 }
        guard openCount == 0 || openCount == 1 && !target.contains(0) else { return }
        let shape = editor.addConstant(
            Tensor(target), hint: "\(editor.hint(step.outputs[0]))_shape")
        try editor.replace([id], with: Reshape(), inputs: [step.inputs[0], shape])
    }

    /// Whether element `index` of a computed shape is read from the shape of a value, there in the same place.
    private func copies(
        _ shape: Program.SlotID?, _ index: Int, of value: Program.SlotID?, _ rank: Int,
        _ editor: ProgramEditor
    ) -> Bool {
        guard let id = editor.producer(of: shape),
            let (joined, _) = editor.match(id, as: Concat.self)
        else { return false }
        var position = 0
        var parts = joined.inputs[...]
        while position < index {
            guard let extents = editor.shape(parts.popFirst() ?? nil)?.extents, extents.count == 1
            else { return false }
            position += extents[0]
        }
        guard position == index, let part = parts.first, editor.shape(part)?.extents == [1],
            let unsqueeze = editor.producer(of: part),
            editor.match(unsqueeze, as: Unsqueeze.self) != nil,
            let gather = editor.producer(of: editor.input(unsqueeze)),
            let (element, _) = editor.match(gather, as: Gather.self),
            let place = try? editor.constant(element.inputs[1])?.integers(), place.count == 1,
            let source = editor.producer(of: element.inputs[0]),
            let (_, whole) = editor.match(source, as: ShapeOf.self),
            whole.start == 0, whole.end == nil, editor.input(source) == value
        else { return false }
        return place[0] == index || place[0] + rank == index
    }

    /// Applies rule 2 to the last step of the three.
    private func transposeStack(
        _ id: Program.StepID, _ step: Program.Step, _ editor: inout ProgramEditor
    ) throws -> Bool {
        guard
            let transpose = editor.inner(step.inputs[0], as: Transpose.self, usedBy: id),
            let (_, order) = editor.match(transpose, as: Transpose.self),
            order.permutation == [0, 2, 1],
            let flat = editor.inner(editor.input(transpose), as: Reshape.self, usedBy: transpose),
            let source = editor.input(flat), let stack = editor.shape(source), stack.rank > 2,
            let matrices = editor.shape(editor.input(transpose)),
            let result = editor.shape(step.outputs[0])
        else { return false }
        let (rows, columns) = (stack[stack.rank - 2], stack[stack.rank - 1])
        let expected = Shape(stack.dimensions.dropLast(2) + [columns, rows])
        guard !stack.dimensions.contains(.unknown), result == expected,
            matrices.rank == 3, matrices[1] == rows, matrices[2] == columns
        else { return false }
        let axes = Array(0..<stack.rank - 2) + [stack.rank - 1, stack.rank - 2]
        try editor.replace([flat, transpose, id], with: Transpose(axes), inputs: [source])
        return true
    }

    /// Applies rule 3 to an operator with operands that broadcast.
    private func skipRepetition(
        _ id: Program.StepID, _ step: Program.Step, _ editor: inout ProgramEditor
    ) {
        guard step.operation.locality == .broadcasting,
            let result = editor.shape(step.outputs.first ?? nil),
            !result.dimensions.contains(.unknown)
        else { return }
        for (position, slot) in step.inputs.enumerated() {
            guard let expand = editor.producer(of: slot),
                editor.match(expand, as: Expand.self) != nil, let source = editor.input(expand)
            else { continue }
            var inputs = step.inputs
            inputs[position] = source
            let known = InferenceContext(
                inputs: inputs.map(editor.fact), outputCount: step.outputs.count)
            guard let outputs = try? step.operation.inferOutputs(known),
                outputs.first?.type?.shape == result
            else { continue }
            return editor.setInputs(id, inputs)
        }
    }
}
