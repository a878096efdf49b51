import HingeGraph
import HingeOperators

/// Recognises Mish in the nodes that exporters write for it.
///
/// Rules, where products and sums are in any order:
/// 1. `x · Tanh(Softplus(x))` becomes `Mish`.
/// 2. `x · Tanh(Log(1 + Exp(x)))` becomes `Mish`.
///
/// It needs an opset that has `Mish`: 18.
public struct FuseMish: Pass {
    /// The name of the pass.
    public static let name = "fuse-mish"

    /// Creates the pass.
    public init() {}

    /// Runs the pass.
    public func run(_ model: inout Model) throws -> Bool {
        try model.rewrite { rewriter in
            guard rewriter.canExpress(Mish.type) else { return }
            for id in rewriter.ids {
                for (x, gate) in rewriter.operands(id, as: Mul.self) {
                    guard let tanh = rewriter.inner(gate, as: Tanh.self, usedBy: id),
                        let argument = rewriter.node(tanh)?.inputs[0],
                        let nodes = softplus(x, argument, usedBy: tanh, rewriter)
                    else { continue }
                    try rewriter.replace(nodes + [tanh, id], with: Mish(), inputs: [x])
                    break
                }
            }
        }
    }

    /// The nodes that compute `softplus(x)`.
    private func softplus(
        _ x: String, _ name: String, usedBy user: GraphRewriter.NodeID, _ rewriter: GraphRewriter
    ) -> [GraphRewriter.NodeID]? {
        if let id = rewriter.inner(name, as: Softplus.self, usedBy: user) {
            return rewriter.node(id)?.inputs[0] == x ? [id] : nil
        }
        guard let log = rewriter.inner(name, as: Log.self, usedBy: user),
            let argument = rewriter.node(log)?.inputs[0],
            let sum = rewriter.inner(argument, as: Add.self, usedBy: log)
        else { return nil }
        for (one, power) in rewriter.operands(sum, as: Add.self) where rewriter.isNumber(one, 1) {
            guard let exp = rewriter.inner(power, as: Exp.self, usedBy: sum),
                rewriter.node(exp)?.inputs[0] == x
            else { continue }
            return [exp, sum, log]
        }
        return nil
    }
}
