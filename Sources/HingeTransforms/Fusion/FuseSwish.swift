import HingeGraph
import HingeOperators

/// Recognises Swish, also called SiLU, in the nodes that exporters write for it.
///
/// Rules, where products are in any order:
/// 1. `x · Sigmoid(x)` becomes `Swish`.
/// 2. `x · Sigmoid(alpha · x)` becomes `Swish` with that alpha.
///
/// It needs an opset that has `Swish`: 24.
public struct FuseSwish: Pass {
    /// The name of the pass.
    public static let name = "fuse-swish"

    /// Creates the pass.
    public init() {}

    /// Runs the pass.
    public func run(_ model: inout Model) throws -> Bool {
        try model.rewrite { rewriter in
            guard rewriter.canExpress(Swish.type) else { return }
            for id in rewriter.ids {
                for (x, gate) in rewriter.operands(id, as: Mul.self) {
                    guard let sigmoid = rewriter.inner(gate, as: Sigmoid.self, usedBy: id),
                        let argument = rewriter.node(sigmoid)?.inputs[0]
                    else { continue }
                    if argument == x {
                        try rewriter.replace([sigmoid, id], with: Swish(), inputs: [x])
                        break
                    }
                    guard rewriter.soleConsumer(of: argument) == sigmoid,
                        let scaled = Product(rewriter.producer(of: argument), rewriter),
                        scaled.factors == [x]
                    else { continue }
                    try rewriter.replace(
                        scaled.nodes + [sigmoid, id], with: Swish(alpha: Float(scaled.constant)),
                        inputs: [x])
                    break
                }
            }
        }
    }
}
