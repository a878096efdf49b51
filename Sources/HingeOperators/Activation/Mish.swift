import HingeGraph

/// `x · tanh(ln(1 + eˣ))`, elementwise.
///
/// Source: ONNX Mish 18, 22; Keras activation `mish`; Misra, "Mish: a self regularized non-monotonic
/// activation function", 2019.
public struct Mish: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Mish {
    static let type = "Mish"

    /// Before version 18 it is `x · Tanh(Softplus(x))`.
    func spell(_ speller: inout Speller) {
        if speller.opset >= 18 { return speller.emit(Self.type) }
        let gate = speller.step("Tanh", [speller.step("Softplus", speller.inputs)])
        speller.emit("Mul", inputs: [speller.inputs[0], gate], outputs: speller.outputs)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        /// With `e = eˣ`, the hyperbolic tangent is `n / (n + 2)` where `n = e · (e + 2)`.
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T {
            let e = T.exp(x > 20 ? 20 : x)
            let n = e * (e + 2)
            return x > 20 ? x : x * (n / (n + 2))
        }
    }
}

extension Mish: UnaryDerivative {
    /// `g · (t + x · (1 − t²) · sigmoid(x)) with t = tanh(softplus(x))`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        let t = try steps.append(Tanh(), steps.append(Softplus(), x))
        let slope = try steps.multiply(
            steps.subtract(1, steps.square(t)), steps.append(Sigmoid(), x))
        return try steps.multiply(g, steps.add(t, steps.multiply(x, slope)))
    }
}
