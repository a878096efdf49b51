import HingeGraph
import HingeOperators
import HingeProgram

/// Puts the branch of an `If` whose condition is a constant in its place.
///
/// Rules:
/// 1. The steps of the branch stand where the `If` stood; the other branch goes.
/// 2. `If`s inside each other, from the outermost on.
public struct ChooseBranch: Pass {
    /// The name of the pass.
    public static let name = "choose-branch"

    /// Creates the pass.
    public init() {}

    /// What each of its rules needs.
    public var anchors: [any Operator.Type]? { [If.self] }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids {
                guard let step = editor.step(id), step.operation is If,
                    let condition = editor.constant(step.inputs.first ?? nil),
                    condition.dataType == .bool, condition.count == 1,
                    let value = condition.withUnsafeBytes({ $0.first })
                else { continue }
                let branch = value == 0 ? "else_branch" : "then_branch"
                guard let body = step.bodies.first(where: { $0.attribute == branch }) else {
                    continue
                }
                editor.expand(id, body, inputs: [])
            }
        }
    }
}
