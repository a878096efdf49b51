import HingeGraph
import HingeOperators
import HingeProgram

/// Recognises HardSwish in what exporters write for it.
///
/// Rules, where products and sums are in any order and constants anywhere in a product:
/// 1. `x · HardSigmoid(x)` with a slope of 1/6 and 0.5 at 0 becomes `HardSwish`.
/// 2. `x · Clip(x + 3, 0, 6) / 6` becomes `HardSwish`.
public struct FuseHardSwish: Pass {
    /// The name of the pass.
    public static let name = "fuse-hard-swish"

    /// Creates the pass.
    public init() {}

    /// What each of its rules needs.
    public var anchors: [any Operator.Type]? { [HardSigmoid.self, Clip.self] }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids.reversed() {
                guard let product = Product(id, editor), product.factors.count == 2 else {
                    continue
                }
                for (x, gate) in [(0, 1), (1, 0)] {
                    let (x, gate) = (product.factors[x], product.factors[gate])
                    guard let steps = match(x, gate, product, editor) else { continue }
                    try editor.replace(
                        steps + product.steps, with: HardSwish(), inputs: [x])
                    break
                }
            }
        }
    }

    private func match(
        _ x: Program.SlotID, _ gate: Program.SlotID, _ product: Product, _ editor: ProgramEditor
    ) -> [Program.StepID]? {
        guard let inner = editor.producer(of: gate),
            let user = editor.soleConsumer(of: gate), product.steps.contains(user)
        else { return nil }
        if let (step, sigmoid) = editor.match(inner, as: HardSigmoid.self) {
            let fits =
                step.inputs[0] == x && product.isConstant(1)
                && ProgramEditor.isEqual(Double(sigmoid.alpha), 1.0 / 6, product.type)
                && sigmoid.beta == 0.5
            return fits ? [inner] : nil
        }
        guard product.isConstant(1.0 / 6), editor.clips(inner, from: 0, to: 6),
            let argument = editor.input(inner),
            let sum = editor.inner(argument, as: Add.self, usedBy: inner),
            editor.operands(sum, as: Add.self)
                .contains(where: { $0.0 == x && editor.isNumber($0.1, 3) })
        else { return nil }
        return [sum, inner]
    }
}
