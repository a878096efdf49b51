import HingeGraph

/// `x · max(0, min(1, x/6 + 1/2))`, elementwise.
///
/// Source: ONNX HardSwish 14, 22; Keras activation `hard_silu`; Howard et al., "Searching for MobileNetV3", 2019.
public struct HardSwish: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension HardSwish {
    static let type = "HardSwish"

    /// Before version 14 it is `x · HardSigmoid(x)`.
    func spell(_ speller: inout Speller) {
        if speller.opset >= 14 { return speller.emit(Self.type) }
        let gate = speller.step(
            "HardSigmoid", speller.inputs, [.float("alpha", 1 / 6), .float("beta", 0.5)])
        speller.emit("Mul", inputs: [speller.inputs[0], gate], outputs: speller.outputs)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .near([-3, 3])]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        /// The sum is exact where it is near 0, which `x / 6 + 1 / 2` isn't.
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T {
            let gate = (x + 3) / 6
            return x * (gate < 0 ? 0 : gate > 1 ? 1 : gate)
        }
    }
}

extension HardSwish: UnaryDerivative {
    /// `0 where x ≤ −3, g · (x / 3 + 1 / 2) up to 3, g from 3 on`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        let slope = try steps.add(steps.multiply(x, 1 / 3.0), 0.5)
        let inside = try steps.keep(
            steps.multiply(g, slope), where: steps.isGreater(x, than: -3))
        return try steps.select(steps.isLess(x, than: 3), inside, g)
    }
}
