import HingeGraph
import HingeOperators

/// Recognises HardSwish in the nodes that exporters write for it.
///
/// Rules, where products and sums are in any order and constants anywhere in a product:
/// 1. `x · HardSigmoid(x)` with a slope of 1/6 and 0.5 at 0 becomes `HardSwish`.
/// 2. `x · Clip(x + 3, 0, 6) / 6` becomes `HardSwish`.
///
/// It needs an opset that has `HardSwish`: 14.
public struct FuseHardSwish: Pass {
    /// The name of the pass.
    public static let name = "fuse-hard-swish"

    /// Creates the pass.
    public init() {}

    /// Runs the pass.
    public func run(_ model: inout Model) throws -> Bool {
        try model.rewrite { rewriter in
            guard rewriter.canExpress(HardSwish.type) else { return }
            for id in rewriter.ids.reversed() {
                guard let product = Product(id, rewriter), product.factors.count == 2 else {
                    continue
                }
                for (x, gate) in [(0, 1), (1, 0)] {
                    let (x, gate) = (product.factors[x], product.factors[gate])
                    guard let nodes = match(x, gate, product, rewriter) else { continue }
                    try rewriter.replace(
                        nodes + product.nodes, with: HardSwish(), inputs: [x])
                    break
                }
            }
        }
    }

    private func match(
        _ x: String, _ gate: String, _ product: Product, _ rewriter: GraphRewriter
    ) -> [GraphRewriter.NodeID]? {
        guard let inner = rewriter.producer(of: gate),
            let user = rewriter.soleConsumer(of: gate), product.nodes.contains(user)
        else { return nil }
        if let (node, sigmoid) = rewriter.match(inner, as: HardSigmoid.self) {
            let fits =
                node.inputs[0] == x && product.isConstant(1)
                && GraphRewriter.isEqual(Double(sigmoid.alpha), 1.0 / 6, product.type)
                && sigmoid.beta == 0.5
            return fits ? [inner] : nil
        }
        guard product.isConstant(1.0 / 6), rewriter.clips(inner, from: 0, to: 6),
            let argument = rewriter.node(inner)?.inputs[0],
            let sum = rewriter.inner(argument, as: Add.self, usedBy: inner),
            rewriter.operands(sum, as: Add.self)
                .contains(where: { $0.0 == x && rewriter.isNumber($0.1, 3) })
        else { return nil }
        return [sum, inner]
    }
}
