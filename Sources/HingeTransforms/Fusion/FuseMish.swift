import HingeGraph
import HingeOperators
import HingeProgram

/// Recognises Mish in what exporters write for it.
///
/// Rules, where products and sums are in any order:
/// 1. `x · Tanh(Softplus(x))` becomes `Mish`.
/// 2. `x · Tanh(Log(1 + Exp(x)))` becomes `Mish`.
public struct FuseMish: Pass {
    /// The name of the pass.
    public static let name = "fuse-mish"

    /// Creates the pass.
    public init() {}

    /// What each of its rules needs.
    public var anchors: [any Operator.Type]? { [Tanh.self] }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids {
                for (x, gate) in editor.operands(id, as: Mul.self) {
                    guard let tanh = editor.inner(gate, as: Tanh.self, usedBy: id),
                        let argument = editor.input(tanh),
                        let steps = softplus(x, argument, usedBy: tanh, editor)
                    else { continue }
                    try editor.replace(steps + [tanh, id], with: Mish(), inputs: [x])
                    break
                }
            }
        }
    }

    /// The steps that compute `softplus(x)`.
    private func softplus(
        _ x: Program.SlotID, _ slot: Program.SlotID, usedBy user: Program.StepID,
        _ editor: ProgramEditor
    ) -> [Program.StepID]? {
        if let id = editor.inner(slot, as: Softplus.self, usedBy: user) {
            return editor.input(id) == x ? [id] : nil
        }
        guard let log = editor.inner(slot, as: Log.self, usedBy: user),
            let argument = editor.input(log),
            let sum = editor.inner(argument, as: Add.self, usedBy: log)
        else { return nil }
        for (one, power) in editor.operands(sum, as: Add.self) where editor.isNumber(one, 1) {
            guard let exp = editor.inner(power, as: Exp.self, usedBy: sum),
                editor.input(exp) == x
            else { continue }
            return [exp, sum, log]
        }
        return nil
    }
}
