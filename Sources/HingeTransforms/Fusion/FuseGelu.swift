import HingeGraph
import HingeOperators
import HingeProgram

/// Recognises Gelu in what exporters write for it.
///
/// Rules, where products and sums are in any order and constants anywhere in a product:
/// 1. `½ · x · (1 + Erf(x / √2))` becomes `Gelu`.
/// 2. `½ · x · (1 + Tanh(√(2/π) · (x + 0.044715 · x³)))` becomes `Gelu` with the approximation; also with the cube as
///    `Pow(x, 3)`, and with `x · (1 + 0.044715 · x²)` for the sum.
///
/// The result may differ in the last bits: Gelu rounds less often.
public struct FuseGelu: Pass {
    /// The name of the pass.
    public static let name = "fuse-gelu"

    /// Creates the pass.
    public init() {}

    /// What each of its rules needs.
    public var anchors: [any Operator.Type]? { [Erf.self, Tanh.self] }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            // From the last node on: the outermost product holds all factors.
            for id in editor.ids.reversed() {
                guard let product = Product(id, editor), product.isConstant(0.5),
                    product.factors.count == 2
                else { continue }
                for (x, curve) in [(0, 1), (1, 0)] {
                    let (x, curve) = (product.factors[x], product.factors[curve])
                    guard let found = match(x, curve, product, editor) else { continue }
                    try editor.replace(
                        found.steps + product.steps,
                        with: Gelu(approximation: found.approximation), inputs: [x])
                    break
                }
            }
        }
    }

    private typealias Match = (approximation: Gelu.Approximation, steps: [Program.StepID])

    /// Matches `curve` as `1 + Erf(…x)` or `1 + Tanh(…x)`.
    private func match(
        _ x: Program.SlotID, _ curve: Program.SlotID, _ product: Product, _ editor: ProgramEditor
    ) -> Match? {
        guard let sum = editor.producer(of: curve),
            let user = editor.soleConsumer(of: curve), product.steps.contains(user)
        else { return nil }
        for (one, bent) in editor.operands(sum, as: Add.self) where editor.isNumber(one, 1) {
            if let erf = editor.inner(bent, as: Erf.self, usedBy: sum),
                let argument = editor.input(erf),
                editor.soleConsumer(of: argument) == erf,
                let scaled = Product(editor.producer(of: argument), editor),
                scaled.isConstant(0.5.squareRoot()), scaled.factors == [x]
            {
                return (.none, scaled.steps + [erf, sum])
            }
            if let tanh = editor.inner(bent, as: Tanh.self, usedBy: sum),
                let argument = editor.input(tanh),
                editor.soleConsumer(of: argument) == tanh,
                let scaled = Product(editor.producer(of: argument), editor),
                scaled.isConstant((2 / Double.pi).squareRoot()),
                let inner = polynomial(x, scaled, editor)
            {
                return (.tanh, inner + scaled.steps + [tanh, sum])
            }
        }
        return nil
    }

    /// The steps of `x + 0.044715 · x³`, or of `1 + 0.044715 · x²` where `x` is another factor.
    private func polynomial(
        _ x: Program.SlotID, _ product: Product, _ editor: ProgramEditor
    ) -> [Program.StepID]? {
        var others = product.factors
        let isFactored = others.count == 2
        if isFactored {
            guard let index = others.firstIndex(of: x) else { return nil }
            others.remove(at: index)
        }
        guard others.count == 1, let sum = editor.producer(of: others[0]),
            let user = editor.soleConsumer(of: others[0]), product.steps.contains(user)
        else { return nil }
        for (first, power) in editor.operands(sum, as: Add.self) {
            guard isFactored ? editor.isNumber(first, 1) : first == x,
                editor.soleConsumer(of: power) == sum,
                let term = Product(editor.producer(of: power), editor),
                term.isConstant(0.044715),
                let steps = powers(x, isFactored ? 2 : 3, term, editor)
            else { continue }
            return steps + term.steps + [sum]
        }
        return nil
    }

    /// The steps that make the factors of a product the given power of `x`.
    private func powers(
        _ x: Program.SlotID, _ exponent: Int, _ term: Product, _ editor: ProgramEditor
    ) -> [Program.StepID]? {
        if term.factors == [Program.SlotID](repeating: x, count: exponent) { return [] }
        guard term.factors.count == 1, let id = editor.producer(of: term.factors[0]),
            let (step, _) = editor.match(id, as: Pow.self), step.inputs[0] == x,
            editor.isPower(step.inputs[1], Double(exponent)),
            let user = editor.soleConsumer(of: term.factors[0]), term.steps.contains(user)
        else { return nil }
        return [id]
    }
}

extension ProgramEditor {
    /// Whether a constant of any type holds a whole number, as exponents do.
    func isPower(_ slot: Program.SlotID?, _ expected: Double) -> Bool {
        guard let tensor = constant(slot), tensor.count == 1 else { return false }
        return (try? tensor.doubles()[0]) == expected
    }
}
