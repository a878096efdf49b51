import HingeGraph
import HingeOperators
import HingeProgram

/// Lays inputs over each other by the rule of version 7, so that other passes need to know no other.
///
/// Rules, where nobody is to write the program (versions before 7 can't always say what comes out):
/// 1. An operator whose input 1 lies along given dimensions of input 0 becomes one whose inputs broadcast; input 1
///    gets dimensions of extent 1 behind its own.
public struct AlignInputs: Pass {
    /// The name of the pass.
    public static let name = "align-inputs"

    /// Creates the pass.
    public init() {}

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        guard !program.isWritable else { return false }
        return try program.edit { editor in
            for id in editor.ids {
                guard let step = editor.step(id),
                    let old = step.operation as? any AlignedOperator,
                    let (aligned, dimensions) = old.aligned(editor.inferenceContext(step))
                else { continue }
                var inputs = step.inputs
                if !dimensions.isEmpty {
                    inputs[1] = try editor.insert(
                        Unsqueeze(axes: dimensions), inputs: [inputs[1]], before: id,
                        hint: "\(editor.hint(inputs[1]))/aligned",
                        name: step.name(beside: "Unsqueeze"))
                }
                try editor.replace([id], with: aligned, inputs: inputs)
            }
        }
    }
}
