import HingeGraph
import HingeOperators
import HingeProgram

/// Puts the steps that compute gradients in the place of `Gradient`.
///
/// Rules:
/// 1. A `Gradient` becomes the steps from its `xs` and `zs` to its `y`, at the values of its inputs, and the steps back.
/// 2. So does one that stands on the way of another.
public struct ExpandGradients: Pass {
    /// The name of the pass.
    public static let name = "expand-gradients"

    /// Creates the pass.
    public init() {}

    /// What each of its rules needs.
    public var anchors: [any Operator.Type]? { [Gradient.self] }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        var changed = false
        while try program.edit({ editor in
            for id in editor.ids {
                guard let step = editor.step(id), step.operation is Gradient,
                    let body = step.bodies.first
                else { continue }
                editor.expand(id, body, inputs: step.inputs)
            }
        }) {
            changed = true
        }
        return changed
    }
}
