import HingeGraph
import HingeOperators
import HingeProgram

/// Removes nodes that pass a value on, and merges pairs that undo or repeat each other.
///
/// Rules:
/// 1. An operator whose output 0 is its input 0 goes, if nobody uses its other outputs; each operator says when that is so
///    (``HingeOperators/Operator/isIdentity(_:_:)``).
/// 2. Two `Transpose` in a row become one, or none.
/// 3. `Reshape` after `Reshape`, `Flatten`, `Squeeze` or `Unsqueeze` takes that one's input, if its shape is a constant
///    that copies nothing.
/// 4. Two `Unsqueeze` in a row, by constant axes, become one.
public struct EliminateIdentity: Pass {
    /// The name of the pass.
    public static let name = "eliminate-identity"

    /// Creates the pass.
    public init() {}

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids {
                guard let step = editor.step(id), let first = step.inputs.first,
                    let source = first, !step.outputs.isEmpty,
                    step.outputs.dropFirst().allSatisfy({ editor.isUnused($0) })
                else { continue }
                let outputs = step.outputs.map { editor.fact($0) ?? Inferred() }
                if step.operation.isIdentity(editor.inferenceContext(step), outputs) {
                    editor.bypass(id, to: source)
                } else if let second = step.operation as? Transpose {
                    try mergeTransposes(second, id, source, &editor)
                } else if step.operation is Reshape {
                    skipReshape(id, step, &editor)
                } else if step.operation is Unsqueeze {
                    try mergeUnsqueezes(id, step, &editor)
                }
            }
        }
    }

    private func mergeTransposes(
        _ second: Transpose, _ id: Program.StepID, _ source: Program.SlotID,
        _ editor: inout ProgramEditor
    ) throws {
        guard let before = editor.producer(of: source), let step = editor.step(before),
            let first = step.operation as? Transpose, let inner = step.inputs[0],
            let rank = editor.shape(inner)?.rank
        else { return }
        let order = try first.order(rank: rank)
        let merged = try second.order(rank: rank).map { order[$0] }
        if merged == Array(0..<rank) {
            editor.bypass(id, to: inner)
        } else {
            try editor.replace([id], with: Transpose(merged), inputs: [inner])
        }
    }

    private func mergeUnsqueezes(
        _ id: Program.StepID, _ step: Program.Step, _ editor: inout ProgramEditor
    ) throws {
        guard let before = editor.producer(of: step.inputs[0]), let first = editor.step(before),
            first.operation is Unsqueeze, let source = first.inputs[0],
            let rank = editor.shape(source)?.rank, let inner = axes(first, rank, editor)
        else { return }
        let middle = rank + inner.count
        guard let outer = axes(step, middle, editor) else { return }
        let moved = (0..<middle + outer.count).filter { !outer.contains($0) }
        let merged = (outer + inner.map { moved[$0] }).sorted()
        try editor.replace([id], with: Unsqueeze(axes: merged), inputs: [source])
    }

    /// The dimensions that an `Unsqueeze` inserts into a value of the given rank, where they are constant.
    private func axes(_ step: Program.Step, _ rank: Int, _ editor: ProgramEditor) -> [Int]? {
        guard step.inputs.count == 2,
            let axes = try? editor.constant(step.inputs[1])?.integers(),
            let known = try? InferenceContext.axes(axes, rank: rank + axes.count)
        else { return nil }
        return known
    }

    private func skipReshape(
        _ id: Program.StepID, _ step: Program.Step, _ editor: inout ProgramEditor
    ) {
        guard step.inputs.count == 2, let before = editor.producer(of: step.inputs[0]),
            let inner = editor.operator(before),
            inner is Reshape || inner is Flatten || inner is Squeeze || inner is Unsqueeze,
            let source = editor.step(before)?.inputs.first,
            let shape = try? editor.constant(step.inputs[1])?.integers(), !shape.contains(0)
        else { return }
        editor.setInputs(id, [source, step.inputs[1]])
    }
}
