import HingeGraph
import HingeOperators
import HingeProgram

/// Removes nodes that pass a value on, and merges pairs that undo or repeat each other.
///
/// Rules:
/// 1. `Identity`, and `Dropout` outside training whose mask nobody uses, go.
/// 2. `Cast` to the type that the value has goes.
/// 3. `Reshape`, `Flatten`, `Squeeze`, `Unsqueeze`, `Expand` and `Tile` that leave the shape as it is go,
///    where all of it is known, by numbers or names.
/// 4. `Transpose` in the order that is there already goes; two in a row become one.
/// 5. `Pad` by nothing, and `Slice` that takes all in order, go.
/// 6. `Concat`, `Sum`, `Max`, `Min` and `Mean` of one value, and `Split` into one, go.
/// 7. Multiplication and division by 1, subtraction of 0 and the power of 1 go, if the shape stays as it is. (Addition
///    of 0 stays: it makes −0 a 0.)
/// 8. `Reshape` after a node of rule 3's but `Expand` and `Tile` takes that one's input, if its shape is a
///    constant that copies nothing.
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
                if passesOn(step, editor) {
                    editor.bypass(id, to: source)
                } else if let second = step.operation as? Transpose {
                    try mergeTransposes(second, id, source, &editor)
                } else if step.operation is Reshape {
                    skipReshape(id, step, &editor)
                }
            }
        }
    }

    /// Whether a step gives what its first input is.
    private func passesOn(_ step: Program.Step, _ editor: ProgramEditor) -> Bool {
        let keepsShape = editor.haveEqualShapes(step.inputs[0], step.outputs[0])
        func constant(_ index: Int) -> Tensor? {
            index < step.inputs.count ? editor.constant(step.inputs[index]) : nil
        }
        switch step.operation {
        case is Identity: return true
        case let dropout as Dropout: return dropout.training == .never
        case let cast as Cast: return editor.dataType(step.inputs[0]) == cast.type
        case is Reshape, is Flatten, is Squeeze, is Unsqueeze, is Expand, is Tile:
            return keepsShape
        case let transpose as Transpose:
            guard let order = transpose.permutation else { return false }
            return order == Array(order.indices)
        case is Pad:
            guard let pads = constant(1), let widths = try? pads.integers() else { return false }
            return widths.allSatisfy { $0 == 0 }
        case is Slice:
            guard keepsShape else { return false }
            guard step.inputs.count > 4, step.inputs[4] != nil else { return true }
            return (try? constant(4)?.integers().allSatisfy { $0 > 0 }) ?? false
        case is Concat, is Sum, is Max, is Min, is Mean: return step.inputs.count == 1
        case is Split: return step.outputs.count == 1
        case is Mul, is Div, is Pow:
            return keepsShape && constant(1).map { editor.isFilled($0, with: 1) } ?? false
        case is Sub:
            return keepsShape && constant(1).map { editor.isFilled($0, with: 0) } ?? false
        default: return false
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

extension ProgramEditor {
    /// Whether all elements of a tensor have a value.
    func isFilled(_ tensor: Tensor, with value: Double) -> Bool {
        guard tensor.count > 0, tensor.count <= 1 << 16, let elements = try? tensor.doubles()
        else { return false }
        return elements.allSatisfy { $0 == value }
    }
}
