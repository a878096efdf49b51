import HingeGraph
import HingeOperators
import HingeProgram

/// Recognises Swish, also called SiLU, in what exporters write for it.
///
/// Rules, where products are in any order:
/// 1. `x · Sigmoid(x)` becomes `Swish`.
/// 2. `x · Sigmoid(alpha · x)` becomes `Swish` with that alpha.
public struct FuseSwish: Pass {
    /// The name of the pass.
    public static let name = "fuse-swish"

    /// Creates the pass.
    public init() {}

    /// What each of its rules needs.
    public var anchors: [any Operator.Type]? { [Sigmoid.self] }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids {
                for (x, gate) in editor.operands(id, as: Mul.self) {
                    guard let sigmoid = editor.inner(gate, as: Sigmoid.self, usedBy: id),
                        let argument = editor.input(sigmoid)
                    else { continue }
                    if argument == x {
                        try editor.replace([sigmoid, id], with: Swish(), inputs: [x])
                        break
                    }
                    guard editor.soleConsumer(of: argument) == sigmoid,
                        let scaled = Product(editor.producer(of: argument), editor),
                        scaled.factors == [x]
                    else { continue }
                    try editor.replace(
                        scaled.steps + [sigmoid, id], with: Swish(alpha: Float(scaled.constant)),
                        inputs: [x])
                    break
                }
            }
        }
    }
}
