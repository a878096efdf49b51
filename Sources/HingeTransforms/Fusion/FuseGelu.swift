import HingeGraph
import HingeOperators

/// Recognises Gelu in the nodes that exporters write for it.
///
/// Rules, where products and sums are in any order and constants anywhere in a product:
/// 1. `½ · x · (1 + Erf(x / √2))` becomes `Gelu`.
/// 2. `½ · x · (1 + Tanh(√(2/π) · (x + 0.044715 · x³)))` becomes `Gelu` with the approximation; also with the cube as
///    `Pow(x, 3)`, and with `x · (1 + 0.044715 · x²)` for the sum.
///
/// It needs an opset that has `Gelu`: 20. The result may differ in the last bits: Gelu rounds less often.
public struct FuseGelu: Pass {
    /// The name of the pass.
    public static let name = "fuse-gelu"

    /// Creates the pass.
    public init() {}

    /// Runs the pass.
    public func run(_ model: inout Model) throws -> Bool {
        try model.rewrite { rewriter in
            guard rewriter.canExpress(Gelu.type) else { return }
            // From the last node on: the outermost product holds all factors.
            for id in rewriter.ids.reversed() {
                guard let product = Product(id, rewriter), product.isConstant(0.5),
                    product.factors.count == 2
                else { continue }
                for (x, curve) in [(0, 1), (1, 0)] {
                    let (x, curve) = (product.factors[x], product.factors[curve])
                    guard let found = match(x, curve, product, rewriter) else { continue }
                    try rewriter.replace(
                        found.nodes + product.nodes,
                        with: Gelu(approximation: found.approximation), inputs: [x])
                    break
                }
            }
        }
    }

    private typealias Match = (approximation: Gelu.Approximation, nodes: [GraphRewriter.NodeID])

    /// Matches `curve` as `1 + Erf(…x)` or `1 + Tanh(…x)`.
    private func match(
        _ x: String, _ curve: String, _ product: Product, _ rewriter: GraphRewriter
    ) -> Match? {
        guard let sum = rewriter.producer(of: curve),
            let user = rewriter.soleConsumer(of: curve), product.nodes.contains(user)
        else { return nil }
        for (one, bent) in rewriter.operands(sum, as: Add.self) where rewriter.isNumber(one, 1) {
            if let erf = rewriter.inner(bent, as: Erf.self, usedBy: sum),
                let argument = rewriter.node(erf)?.inputs[0],
                rewriter.soleConsumer(of: argument) == erf,
                let scaled = Product(rewriter.producer(of: argument), rewriter),
                scaled.isConstant(0.5.squareRoot()), scaled.factors == [x]
            {
                return (.none, scaled.nodes + [erf, sum])
            }
            if let tanh = rewriter.inner(bent, as: Tanh.self, usedBy: sum),
                let argument = rewriter.node(tanh)?.inputs[0],
                rewriter.soleConsumer(of: argument) == tanh,
                let scaled = Product(rewriter.producer(of: argument), rewriter),
                scaled.isConstant((2 / Double.pi).squareRoot()),
                let inner = polynomial(x, scaled, rewriter)
            {
                return (.tanh, inner + scaled.nodes + [tanh, sum])
            }
        }
        return nil
    }

    /// The nodes of `x + 0.044715 · x³`, or of `1 + 0.044715 · x²` where `x` is another factor.
    private func polynomial(
        _ x: String, _ product: Product, _ rewriter: GraphRewriter
    ) -> [GraphRewriter.NodeID]? {
        var others = product.factors
        let isFactored = others.count == 2
        if isFactored {
            guard let index = others.firstIndex(of: x) else { return nil }
            others.remove(at: index)
        }
        guard others.count == 1, let sum = rewriter.producer(of: others[0]),
            let user = rewriter.soleConsumer(of: others[0]), product.nodes.contains(user)
        else { return nil }
        for (first, power) in rewriter.operands(sum, as: Add.self) {
            guard isFactored ? rewriter.isNumber(first, 1) : first == x,
                rewriter.soleConsumer(of: power) == sum,
                let term = Product(rewriter.producer(of: power), rewriter),
                term.isConstant(0.044715),
                let nodes = powers(x, isFactored ? 2 : 3, term, rewriter)
            else { continue }
            return nodes + term.nodes + [sum]
        }
        return nil
    }

    /// The nodes that make the factors of a product the given power of `x`.
    private func powers(
        _ x: String, _ exponent: Int, _ term: Product, _ rewriter: GraphRewriter
    ) -> [GraphRewriter.NodeID]? {
        if term.factors == [String](repeating: x, count: exponent) { return [] }
        guard term.factors.count == 1, let id = rewriter.producer(of: term.factors[0]),
            let (node, _) = rewriter.match(id, as: Pow.self), node.inputs[0] == x,
            rewriter.isPower(node.inputs[1], Double(exponent)),
            let user = rewriter.soleConsumer(of: term.factors[0]), term.nodes.contains(user)
        else { return nil }
        return [id]
    }
}

extension GraphRewriter {
    /// Whether a constant of any type holds a whole number, as exponents do.
    func isPower(_ name: String, _ expected: Double) -> Bool {
        guard let tensor = constant(name), tensor.count == 1 else { return false }
        return (try? tensor.doubles()[0]) == expected
    }
}
